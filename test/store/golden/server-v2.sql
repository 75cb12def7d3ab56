-- A server's database as version 2 wrote it. Never edited: later versions must be able to open it.
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
, expired INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE member (
  log INTEGER NOT NULL REFERENCES log (n),
  device INTEGER NOT NULL REFERENCES device (n),
  cursor INTEGER NOT NULL,
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
INSERT INTO meta (key, value) VALUES ('join.secret', X'30313233343536373839616263646566');
INSERT INTO account (n, fold, name, skeleton, identity, time) VALUES (1, 'alice', 'alice', 'alice', X'0101010101010101010101010101010101010101010101010101010101010101', 1);
INSERT INTO account (n, fold, name, skeleton, identity, time) VALUES (2, 'bob', 'bob', 'bob', X'0202020202020202020202020202020202020202020202020202020202020202', 1);
INSERT INTO device (n, key, account, credential) VALUES (1, 'alice______________________________________', 1, X'63726564656E7469616C206F6620616C696365');
INSERT INTO device (n, key, account, credential) VALUES (2, 'bob________________________________________', 2, X'63726564656E7469616C206F6620626F62');
INSERT INTO device (n, key, account, credential) VALUES (3, 'carol______________________________________', NULL, NULL);
INSERT INTO device (n, key, account, credential) VALUES (4, 'laptop_____________________________________', 1, X'63726564656E7469616C206F6620616C696365');
INSERT INTO key_package (n, device, id, last_resort, body) VALUES (1, 2, 'aa', 0, NULL);
INSERT INTO key_package (n, device, id, last_resort, body) VALUES (2, 2, 'bb', 0, X'7061636B616765206262');
INSERT INTO key_package (n, device, id, last_resort, body) VALUES (3, 2, 'cc', 1, X'7061636B616765206363');
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired) VALUES (1, 'alice______________________________________', 0, 0, 1, 0, NULL, 0);
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired) VALUES (2, 'bob________________________________________', 0, 0, 2, 0, NULL, 0);
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired) VALUES (3, 'carol______________________________________', 0, 0, 3, 1, NULL, 1);
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired) VALUES (4, 'laptop_____________________________________', 0, 0, 4, 0, NULL, 0);
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired) VALUES (5, 'ab______________________________', 1, 1, 1, 2, X'47726F7570496E666F2031', 2);
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired) VALUES (6, 'bc______________________________', 1, 4, 2, 1, X'47726F7570496E666F', 1);
INSERT INTO member (log, device, cursor) VALUES (1, 1, 0);
INSERT INTO member (log, device, cursor) VALUES (2, 2, 0);
INSERT INTO member (log, device, cursor) VALUES (4, 4, 0);
INSERT INTO member (log, device, cursor) VALUES (5, 1, 0);
INSERT INTO member (log, device, cursor) VALUES (5, 2, 3);
INSERT INTO member (log, device, cursor) VALUES (5, 4, 0);
INSERT INTO member (log, device, cursor) VALUES (6, 2, 0);
INSERT INTO entry (log, seq, sender, id, kind, epoch, time, body) VALUES (5, 3, 2, 'm3', 0, 0, 1700000000003, X'626F6479206F66206D33');
INSERT INTO entry (log, seq, sender, id, kind, epoch, time, body) VALUES (5, 4, 1, 'c1', 2, 0, 1700000000004, X'626F6479206F66206331');
INSERT INTO recent (n, log, seq, sender, id, kind, epoch, time, body) VALUES (7, 5, 5, 4, 'm4', 0, 1, 1700000000005, X'626F6479206F66206D34');
INSERT INTO recent (n, log, seq, sender, id, kind, epoch, time, body) VALUES (8, 5, 6, 1, 'm5', 0, 1, 1700000000006, X'626F6479206F66206D35');
INSERT INTO recent (n, log, seq, sender, id, kind, epoch, time, body) VALUES (9, 6, 2, 3, 'n2', 0, 4, 1700000000007, X'626F6479206F66206E32');
PRAGMA user_version = 2;
