-- Records as version 2 wrote them, under its field names: uploads with all optional fields, a saved setup, a pending cleanup.
CREATE TABLE owners (
    id INTEGER PRIMARY KEY,
    pid INTEGER NOT NULL,
    start_time TEXT NOT NULL,
    heartbeat INTEGER NOT NULL
  ) STRICT;
CREATE TABLE uploads (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    owner INTEGER REFERENCES owners (id) ON DELETE SET NULL,
    status TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    search TEXT NOT NULL,
    sum INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
CREATE INDEX uploads_by_status ON uploads (status);
CREATE INDEX uploads_by_owner ON uploads (owner);
CREATE TABLE profiles (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    sum INTEGER,
    record TEXT
  ) STRICT;
CREATE TABLE secrets (
    profile_id TEXT NOT NULL,
    field TEXT NOT NULL,
    sum INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (profile_id, field)
  ) STRICT;
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;
CREATE TABLE damaged (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    source TEXT NOT NULL,
    content TEXT NOT NULL
  ) STRICT;
CREATE TABLE debts (
    id TEXT PRIMARY KEY,
    sum INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
INSERT INTO owners (id, pid, start_time, heartbeat) VALUES (66829838287345, 4194303, 'gone', 1700000000000);
INSERT INTO uploads (seq, id, owner, status, profile_id, search, sum, record) VALUES (1, 'queued', 66829838287345, 'queued', 'p1', 'queued.png', 2804981470, '{"v":1,"id":"queued","batchId":"batch","position":0,"name":"queued.png","size":9000000,"contentType":"image/png","source":{"path":"/home/ann/pictures/queued.png","fingerprint":{"size":9000000,"mtimeMs":1700000000000.25,"dev":"2049","ino":"1234567890123456789"}},"chain":[{"profileId":"p1","visibility":"expiring"},{"profileId":"p2","visibility":"public","cannotDelete":true}],"step":0,"attempts":[],"createdAt":1700000000000,"folder":{"name":"pictures","below":"deep/queued.png","token":"0123456789abcdef01234567","at":1700000000000},"place":"shared/{name}","collision":"ask","wish":{"kind":"expiring","seconds":3600},"restarted":"file-changed","status":"queued","failures":0}');
INSERT INTO uploads (seq, id, owner, status, profile_id, search, sum, record) VALUES (2, 'uploading', 66829838287345, 'uploading', 'p1', 'uploading.png', 3866042282, '{"v":1,"id":"uploading","batchId":"batch","position":0,"name":"uploading.png","size":9000000,"contentType":"image/png","source":{"path":"/home/ann/pictures/uploading.png","fingerprint":{"size":9000000,"mtimeMs":1700000000000.25,"dev":"2049","ino":"1234567890123456789"}},"chain":[{"profileId":"p1","visibility":"expiring"},{"profileId":"p2","visibility":"public","cannotDelete":true}],"step":0,"attempts":[{"number":1,"profileId":"p1","started":1700000000500}],"createdAt":1700000000000,"movedAt":1700000000600,"kept":5242880,"status":"uploading","attempt":1,"failures":0,"sent":6000000,"checkpoint":{"v":1,"bucket":"b","key":"k","uploadId":"u","partSize":5242880}}');
INSERT INTO uploads (seq, id, owner, status, profile_id, search, sum, record) VALUES (3, 'waiting', 66829838287345, 'waiting', 'p1', 'waiting.png', 1059159593, '{"v":1,"id":"waiting","batchId":"batch","position":0,"name":"waiting.png","size":9000000,"contentType":"image/png","source":{"path":"/home/ann/pictures/waiting.png","fingerprint":{"size":9000000,"mtimeMs":1700000000000.25,"dev":"2049","ino":"1234567890123456789"}},"chain":[{"profileId":"p1","visibility":"expiring"},{"profileId":"p2","visibility":"public","cannotDelete":true}],"step":0,"attempts":[{"number":1,"profileId":"p1","started":1700000000500,"ended":1700000000900,"error":{"code":"rejected","params":{"host":"s3.example"},"diagnosticId":"abcd1234"}}],"createdAt":1700000000000,"movedAt":1700000000600,"kept":5242880,"wish":{"kind":"public"},"status":"waiting","until":"mended","error":{"code":"rejected","params":{"host":"s3.example"},"diagnosticId":"abcd1234"},"failures":1,"checkpoint":{"v":1,"bucket":"b","key":"w"}}');
INSERT INTO uploads (seq, id, owner, status, profile_id, search, sum, record) VALUES (4, 'failed', 66829838287345, 'failed', 'p1', 'failed.png', 1385118721, '{"v":1,"id":"failed","batchId":"batch","position":0,"name":"failed.png","size":9000000,"contentType":"image/png","source":{"path":"/home/ann/pictures/failed.png","fingerprint":{"size":9000000,"mtimeMs":1700000000000.25,"dev":"2049","ino":"1234567890123456789"}},"chain":[{"profileId":"p1","visibility":"expiring"},{"profileId":"p2","visibility":"public","cannotDelete":true}],"step":0,"attempts":[{"number":1,"profileId":"p1","started":1700000000500,"ended":1700000000900,"error":{"code":"rejected","params":{"host":"s3.example"},"diagnosticId":"abcd1234"}}],"createdAt":1700000000000,"restarted":"store-forgot","movedAt":1700000000600,"kept":5242880,"status":"failed","error":{"code":"rejected","params":{"host":"s3.example"},"diagnosticId":"abcd1234"},"failedAt":1700000000900,"checkpoint":{"v":1,"bucket":"b","key":"f"},"withheld":{"profileId":"p2","because":"cannot-delete"}}');
INSERT INTO settings (key, value) VALUES ('begun', '{"providerId":"s3","name":"Archive","preset":"aws","settings":{"bucket":"archive"},"foundId":"aws-profile:work"}');
INSERT INTO settings (key, value) VALUES ('practice', '{"port":49152,"accessKeyId":"practice","secretAccessKey":"practice-secret"}');
INSERT INTO settings (key, value) VALUES ('windowBounds', '{"x":10,"y":20,"width":880,"height":640}');
INSERT INTO settings (key, value) VALUES ('fallback', '{"on":true,"order":["p2"]}');
INSERT INTO debts (id, sum, record) VALUES ('d2', 2344161335, '{"id":"d2","uploadId":"removed","profileId":"p1","what":{"ref":{"v":1,"bucket":"b","key":"r","size":3}}}');
PRAGMA user_version = 2;
PRAGMA application_id = 1215234050;
