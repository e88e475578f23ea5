/** Regions by service, for people to choose from; any other can be typed. Sources: each vendor's list and rclone's (2026-08). */

export const regionsOf: Readonly<Record<string, readonly string[]>> = {
  aws: [
    'us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'eu-central-1', 'eu-central-2', 'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1', 'eu-south-1', 'eu-south-2',
    'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-7', 'ap-south-1', 'ap-south-2',
    'ap-east-1', 'ca-central-1', 'ca-west-1', 'sa-east-1', 'mx-central-1', 'af-south-1', 'me-south-1', 'me-central-1', 'il-central-1', 'us-gov-east-1', 'us-gov-west-1', 'cn-north-1', 'cn-northwest-1',
  ],
  b2: ['us-west-000', 'us-west-001', 'us-west-002', 'us-west-004', 'us-east-005', 'eu-central-003', 'ca-east-006'],
  wasabi: ['us-east-1', 'us-east-2', 'us-central-1', 'us-west-1', 'ca-central-1', 'eu-central-1', 'eu-central-2', 'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-south-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-southeast-1', 'ap-southeast-2'],
  digitalocean: ['nyc3', 'sfo2', 'sfo3', 'tor1', 'lon1', 'ams3', 'fra1', 'blr1', 'sgp1', 'syd1', 'atl1'],
  hetzner: ['fsn1', 'nbg1', 'hel1'],
  scaleway: ['fr-par', 'nl-ams', 'pl-waw', 'it-mil'],
  ovh: ['gra', 'rbx', 'sbg', 'de', 'uk', 'waw', 'bhs', 'ca-east-tor', 'sgp', 'ap-southeast-syd', 'ap-south-mum', 'eu-west-par', 'eu-south-mil'],
  linode: ['us-east-1', 'us-southeast-1', 'us-iad-1', 'us-ord-1', 'us-lax-1', 'us-mia-1', 'us-sea-1', 'eu-central-1', 'fr-par-1', 'nl-ams-1', 'se-sto-1', 'it-mil-1', 'es-mad-1', 'gb-lon-1', 'ap-south-1', 'in-maa-1', 'jp-osa-1', 'id-cgk-1', 'br-gru-1', 'au-mel-1'],
  oss: ['cn-hangzhou', 'cn-shanghai', 'cn-qingdao', 'cn-beijing', 'cn-zhangjiakou', 'cn-shenzhen', 'cn-guangzhou', 'cn-chengdu', 'cn-hongkong', 'ap-southeast-1', 'ap-southeast-3', 'ap-southeast-5', 'ap-northeast-1', 'ap-northeast-2', 'eu-central-1', 'eu-west-1', 'us-west-1', 'us-east-1', 'me-east-1'],
  cos: ['ap-beijing', 'ap-shanghai', 'ap-guangzhou', 'ap-chengdu', 'ap-chongqing', 'ap-nanjing', 'ap-hongkong', 'ap-singapore', 'ap-jakarta', 'ap-seoul', 'ap-tokyo', 'ap-bangkok', 'ap-mumbai', 'na-siliconvalley', 'na-ashburn', 'sa-saopaulo', 'eu-frankfurt'],
};
