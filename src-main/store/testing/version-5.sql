-- Records of version 5: the same records as in version-4.sql.
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
CREATE INDEX uploads_by_search ON uploads (seq, search, profile_id);
CREATE INDEX uploads_by_profile ON uploads (profile_id);
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
CREATE TABLE "pending_cleanups" (
  id TEXT PRIMARY KEY,
  sum INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE TABLE upload_counts (
  status TEXT PRIMARY KEY,
  n INTEGER NOT NULL
) STRICT;
CREATE TRIGGER count_inserted_upload AFTER INSERT ON uploads BEGIN
  INSERT INTO upload_counts (status, n) VALUES (NEW.status, 1) ON CONFLICT (status) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER count_deleted_upload AFTER DELETE ON uploads BEGIN
  UPDATE upload_counts SET n = n - 1 WHERE status = OLD.status;
END;
CREATE TRIGGER count_changed_upload AFTER UPDATE OF status ON uploads WHEN OLD.status <> NEW.status BEGIN
  UPDATE upload_counts SET n = n - 1 WHERE status = OLD.status;
  INSERT INTO upload_counts (status, n) VALUES (NEW.status, 1) ON CONFLICT (status) DO UPDATE SET n = n + 1;
END;
CREATE INDEX uploads_unfinished ON uploads (owner, status, seq)
  WHERE status IN ('queued', 'uploading', 'waiting', 'paused', 'verifying');
CREATE INDEX uploads_with_checkpoint ON uploads (status)
  WHERE status IN ('paused', 'failed', 'canceled') AND instr(record, '"checkpoint":') > 0;
INSERT INTO owners (id, pid, start_time, heartbeat) VALUES (23878211427165, 4194303, 'gone', 1700000000000);
INSERT INTO uploads (seq, id, owner, status, profile_id, search, sum, record) VALUES (1, 'first', 23878211427165, 'done', 'p1', 'übersicht 100%.pdf
https://files.example/2026/first', 7867660, '{"v":1,"id":"first","batchId":"batch","position":0,"name":"Übersicht 100%.pdf","size":1234,"contentType":"image/png","source":{"path":"/home/ann/pictures/first.png","fingerprint":{"size":1234,"mtimeMs":1700000000000.25,"dev":"2049","ino":"1234567890123456789"}},"chain":[{"profileId":"p1","visibility":"expiring"}],"step":0,"attempts":[],"createdAt":1700000000000,"status":"done","ref":{"bucket":"b","key":"first"},"link":{"url":"https://files.example/2026/first","visibility":"expiring","expiresAt":1700000900000},"verification":"verified","doneAt":1700000001000}');
INSERT INTO uploads (seq, id, owner, status, profile_id, search, sum, record) VALUES (2, 'second', 23878211427165, 'uploading', 'p1', 'second.png', 3316482720, '{"v":1,"id":"second","batchId":"batch","position":0,"name":"second.png","size":1234,"contentType":"image/png","source":{"path":"/home/ann/pictures/second.png","fingerprint":{"size":1234,"mtimeMs":1700000000000.25,"dev":"2049","ino":"1234567890123456789"}},"chain":[{"profileId":"p1","visibility":"expiring"}],"step":0,"attempts":[{"number":1,"profileId":"p1","started":1700000000500}],"createdAt":1700000000000,"status":"uploading","attempt":1,"failures":0,"sent":0,"checkpoint":{"uploadId":"u-second","part":3}}');
INSERT INTO profiles (seq, id, name, search, sum, record) VALUES (1, 'p1', 'Work', 'work', 1704424057, '{"id":"p1","providerId":"s3","name":"Work","settings":{"bucket":"b"},"createdAt":1}');
INSERT INTO secrets (profile_id, field, sum, record) VALUES ('p1', 'secretKey', 1000108312, '{"v":1,"backend":"test","blob":"c2VhbGVk"}');
INSERT INTO settings (key, value) VALUES ('currentProfile', '"p1"');
INSERT INTO pending_cleanups (id, sum, record) VALUES ('d1', 2698007020, '{"id":"d1","uploadId":"gone","profileId":"p1","what":{"checkpoint":{"uploadId":"u-gone"}}}');
PRAGMA user_version = 5;
PRAGMA application_id = 1215234053;
