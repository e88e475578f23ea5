/** What every destination can be told besides its provider's own settings: names, limits, and the way through the network. */
import type { Field } from '../../src-shared/provider.ts';

export const commonFields: readonly Field[] = [
  { key: 'nameTemplate', group: 'names', kind: 'text', label: 'common.nameTemplate.label', help: 'common.nameTemplate.help', advanced: true, initial: '{date:yyyy/MM/dd}/{random:16}/{name}' },
  {
    key: 'collision', group: 'names', kind: 'choice', label: 'common.collision.label', help: 'common.collision.help', advanced: true, initial: 'new-name',
    choices: [
      { value: 'new-name', label: 'common.collision.new-name.label', help: 'common.collision.new-name.help' },
      { value: 'ask', label: 'common.collision.ask.label', help: 'common.collision.ask.help' },
      { value: 'replace', label: 'common.collision.replace.label', help: 'common.collision.replace.help' },
    ],
  },
  { key: 'largestMB', group: 'limits', kind: 'text', label: 'common.largestMB.label', help: 'common.largestMB.help', advanced: true, placeholder: '2000' },
  { key: 'speedKBs', group: 'limits', kind: 'text', label: 'common.speedKBs.label', help: 'common.speedKBs.help', advanced: true, placeholder: '1000' },
  {
    key: 'proxy', group: 'network', kind: 'choice', label: 'common.proxy.label', help: 'common.proxy.help', advanced: true, initial: 'system',
    choices: [{ value: 'system', label: 'common.proxy.system' }, { value: 'none', label: 'common.proxy.none' }, { value: 'address', label: 'common.proxy.address' }, { value: 'pac', label: 'common.proxy.pac' }],
  },
  { key: 'proxyAddress', group: 'network', kind: 'text', label: 'common.proxyAddress.label', help: 'common.proxyAddress.help', advanced: true, required: true, placeholder: 'http://proxy.example.com:8080', showWhen: { field: 'proxy', is: ['address', 'pac'] } },
  { key: 'proxyUser', group: 'network', kind: 'text', label: 'common.proxyUser.label', help: 'common.proxyUser.help', advanced: true, showWhen: { field: 'proxy', is: ['system', 'address', 'pac'] } },
  { key: 'proxyPassword', group: 'network', kind: 'secret', label: 'common.proxyPassword.label', help: 'common.proxyPassword.help', advanced: true, showWhen: { field: 'proxy', is: ['system', 'address', 'pac'] } },
  { key: 'ca', group: 'network', kind: 'lines', label: 'common.ca.label', help: 'common.ca.help', advanced: true, placeholder: '-----BEGIN CERTIFICATE-----' },
];
