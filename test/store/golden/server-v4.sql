-- A server's database as version 4 wrote it. Never edited: later versions must be able to open it.
CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE account (
  n INTEGER PRIMARY KEY,
  fold TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  skeleton TEXT NOT NULL UNIQUE,
  identity BLOB NOT NULL,
  time INTEGER NOT NULL
) STRICT;
CREATE TABLE device (
  n INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  account INTEGER REFERENCES account (n),
  credential BLOB
) STRICT;
CREATE INDEX device_of_account ON device (account) WHERE account IS NOT NULL;
CREATE TABLE key_package (
  n INTEGER PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES device (n),
  id TEXT NOT NULL,
  last_resort INTEGER NOT NULL,
  body BLOB,
  UNIQUE (device, id)
) STRICT;
CREATE INDEX key_package_held ON key_package (device, last_resort, n) WHERE body IS NOT NULL;
CREATE TABLE log (
  n INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  kind INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  creator INTEGER NOT NULL REFERENCES device (n),
  trimmed INTEGER NOT NULL DEFAULT 0,
  info BLOB
, expired INTEGER NOT NULL DEFAULT 0, began INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE member (
  log INTEGER NOT NULL REFERENCES log (n),
  device INTEGER NOT NULL REFERENCES device (n),
  cursor INTEGER NOT NULL, until INTEGER,
  PRIMARY KEY (log, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_of_device ON member (device);
CREATE TABLE entry (
  log INTEGER NOT NULL REFERENCES log (n),
  seq INTEGER NOT NULL,
  sender INTEGER NOT NULL REFERENCES device (n),
  id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  time INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (log, seq),
  UNIQUE (log, sender, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE recent (
  n INTEGER PRIMARY KEY,
  log INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  sender INTEGER NOT NULL,
  id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  time INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE TABLE group_rules (
  log INTEGER PRIMARY KEY REFERENCES log (n),
  fold TEXT NOT NULL,
  skeleton TEXT NOT NULL,
  closed INTEGER NOT NULL,
  rules BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX group_of_fold ON group_rules (fold) WHERE closed = 0;
CREATE UNIQUE INDEX group_of_skeleton ON group_rules (skeleton) WHERE closed = 0;
CREATE TABLE departure (
  log INTEGER NOT NULL REFERENCES log (n),
  device INTEGER NOT NULL REFERENCES device (n),
  statement BLOB NOT NULL,
  PRIMARY KEY (log, device)
) STRICT, WITHOUT ROWID;
CREATE TABLE past_info (
  n INTEGER PRIMARY KEY,
  log INTEGER NOT NULL REFERENCES log (n),
  epoch INTEGER NOT NULL,
  began INTEGER NOT NULL,
  info BLOB NOT NULL,
  UNIQUE (log, epoch)
) STRICT;
CREATE TABLE blob (
  n INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  log INTEGER NOT NULL REFERENCES log (n),
  sender INTEGER NOT NULL REFERENCES device (n),
  size INTEGER NOT NULL,
  time INTEGER NOT NULL,
  told INTEGER NOT NULL DEFAULT 0,
  freed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX blob_of_sender ON blob (sender);
CREATE TABLE blob_device (
  blob INTEGER NOT NULL REFERENCES blob (n),
  device INTEGER NOT NULL REFERENCES device (n),
  state INTEGER NOT NULL,
  PRIMARY KEY (blob, device)
) STRICT, WITHOUT ROWID;
INSERT INTO meta (key, value) VALUES ('join.secret', X'30313233343536373839616263646566');
INSERT INTO account (n, fold, name, skeleton, identity, time) VALUES (1, 'alice', 'alice', 'alice', X'0101010101010101010101010101010101010101010101010101010101010101', 1);
INSERT INTO account (n, fold, name, skeleton, identity, time) VALUES (2, 'bob', 'bob', 'bob', X'0202020202020202020202020202020202020202020202020202020202020202', 1);
INSERT INTO account (n, fold, name, skeleton, identity, time) VALUES (3, 'carol', 'carol', 'carol', X'0303030303030303030303030303030303030303030303030303030303030303', 1);
INSERT INTO device (n, key, account, credential) VALUES (1, 'alice______________________________________', 1, X'63726564656E7469616C206F6620616C696365');
INSERT INTO device (n, key, account, credential) VALUES (2, 'bob________________________________________', 2, X'63726564656E7469616C206F6620626F62');
INSERT INTO device (n, key, account, credential) VALUES (3, 'carol______________________________________', 3, X'63726564656E7469616C206F66206361726F6C');
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired, began) VALUES (1, 'alice______________________________________', 0, 0, 1, 0, NULL, 0, 0);
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired, began) VALUES (2, 'bob________________________________________', 0, 0, 2, 0, NULL, 0, 0);
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired, began) VALUES (3, 'ab______________________________', 1, 0, 1, 0, X'47726F7570496E666F', 0, 0);
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired, began) VALUES (4, 'carol______________________________________', 0, 0, 3, 0, NULL, 0, 0);
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired, began) VALUES (5, 'g_______________________________', 2, 1, 1, 0, X'47726F7570496E666F2031', 0, 1);
INSERT INTO member (log, device, cursor, until) VALUES (1, 1, 0, NULL);
INSERT INTO member (log, device, cursor, until) VALUES (2, 2, 0, NULL);
INSERT INTO member (log, device, cursor, until) VALUES (3, 1, 0, NULL);
INSERT INTO member (log, device, cursor, until) VALUES (3, 2, 0, NULL);
INSERT INTO member (log, device, cursor, until) VALUES (4, 3, 0, NULL);
INSERT INTO member (log, device, cursor, until) VALUES (5, 1, 0, NULL);
INSERT INTO member (log, device, cursor, until) VALUES (5, 2, 0, NULL);
INSERT INTO member (log, device, cursor, until) VALUES (5, 3, 0, NULL);
INSERT INTO recent (n, log, seq, sender, id, kind, epoch, time, body) VALUES (1, 5, 1, 1, 'c1', 2, 0, 3, X'626F6479206F66206331');
INSERT INTO recent (n, log, seq, sender, id, kind, epoch, time, body) VALUES (2, 2, 1, 1, 'c1 welcome', 1, 1, 3, X'77656C636F6D65206F6620626F62');
INSERT INTO recent (n, log, seq, sender, id, kind, epoch, time, body) VALUES (3, 4, 1, 1, 'c1 welcome', 1, 1, 3, X'77656C636F6D65206F66206361726F6C');
INSERT INTO recent (n, log, seq, sender, id, kind, epoch, time, body) VALUES (4, 5, 2, 1, 'm1', 0, 1, 3, X'626F6479206F66206D31');
INSERT INTO recent (n, log, seq, sender, id, kind, epoch, time, body) VALUES (5, 3, 1, 2, 'm2', 0, 0, 3, X'626F6479206F66206D32');
INSERT INTO recent (n, log, seq, sender, id, kind, epoch, time, body) VALUES (6, 5, 3, 3, 'm3', 0, 1, 3, X'626F6479206F66206D33');
INSERT INTO group_rules (log, fold, skeleton, closed, rules) VALUES (5, 'g', 'g', 0, X'72756C6573206F662067');
INSERT INTO blob (n, key, log, sender, size, time, told, freed) VALUES (1, 'to all', 5, 1, 1000, 10, 1, 0);
INSERT INTO blob (n, key, log, sender, size, time, told, freed) VALUES (2, 'had', 3, 2, 200, 11, 1, 1);
INSERT INTO blob (n, key, log, sender, size, time, told, freed) VALUES (3, 'untold', 3, 2, 300, 12, 0, 0);
INSERT INTO blob (n, key, log, sender, size, time, told, freed) VALUES (4, 'unwanted', 5, 3, 400, 13, 1, 0);
INSERT INTO blob_device (blob, device, state) VALUES (1, 2, 1);
INSERT INTO blob_device (blob, device, state) VALUES (1, 3, 0);
INSERT INTO blob_device (blob, device, state) VALUES (2, 1, 1);
INSERT INTO blob_device (blob, device, state) VALUES (4, 1, 2);
INSERT INTO blob_device (blob, device, state) VALUES (4, 2, 0);
PRAGMA user_version = 4;
