-- A server's database as version 5 wrote it. Never edited: later versions must be able to open it.
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
, role INTEGER NOT NULL DEFAULT 0) STRICT;
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
CREATE TABLE invitation (
  n INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  role INTEGER NOT NULL,
  time INTEGER NOT NULL,
  expires INTEGER,
  uses INTEGER,
  fold TEXT,
  name TEXT,
  revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX invitation_of_fold ON invitation (fold) WHERE fold IS NOT NULL;
CREATE TABLE invitation_use (
  n INTEGER PRIMARY KEY,
  invitation INTEGER NOT NULL REFERENCES invitation (n),
  name TEXT NOT NULL,
  identity BLOB NOT NULL,
  time INTEGER NOT NULL
) STRICT;
CREATE INDEX use_of_invitation ON invitation_use (invitation);
INSERT INTO meta (key, value) VALUES ('address', X'3139322E302E322E323A3132333435');
INSERT INTO meta (key, value) VALUES ('join.secret', X'30313233343536373839616263646566');
INSERT INTO account (n, fold, name, skeleton, identity, time, role) VALUES (1, 'alice', 'alice', 'alice', X'0101010101010101010101010101010101010101010101010101010101010101', 2, 1);
INSERT INTO account (n, fold, name, skeleton, identity, time, role) VALUES (2, 'bob', 'Bob', 'bob', X'0202020202020202020202020202020202020202020202020202020202020202', 3, 0);
INSERT INTO account (n, fold, name, skeleton, identity, time, role) VALUES (3, 'carol', 'carol', 'carol', X'0303030303030303030303030303030303030303030303030303030303030303', 1, 2);
INSERT INTO device (n, key, account, credential) VALUES (1, 'alice______________________________________', 1, X'63726564656E7469616C206F6620616C696365');
INSERT INTO device (n, key, account, credential) VALUES (2, 'bob________________________________________', 2, X'63726564656E7469616C206F6620426F62');
INSERT INTO device (n, key, account, credential) VALUES (3, 'carol______________________________________', 3, X'63726564656E7469616C206F66206361726F6C');
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired, began) VALUES (1, 'alice______________________________________', 0, 0, 1, 0, NULL, 0, 0);
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired, began) VALUES (2, 'bob________________________________________', 0, 0, 2, 0, NULL, 0, 0);
INSERT INTO log (n, key, kind, epoch, creator, trimmed, info, expired, began) VALUES (3, 'carol______________________________________', 0, 0, 3, 0, NULL, 0, 0);
INSERT INTO member (log, device, cursor, until) VALUES (1, 1, 0, NULL);
INSERT INTO member (log, device, cursor, until) VALUES (2, 2, 0, NULL);
INSERT INTO member (log, device, cursor, until) VALUES (3, 3, 0, NULL);
INSERT INTO invitation (n, hash, role, time, expires, uses, fold, name, revoked) VALUES (1, X'6F70656E23232323232323232323232323232323232323232323232323232323', 1, 1, NULL, NULL, NULL, NULL, 0);
INSERT INTO invitation (n, hash, role, time, expires, uses, fold, name, revoked) VALUES (2, X'7573656423232323232323232323232323232323232323232323232323232323', 0, 1, NULL, 1, 'bob', 'Bob', 0);
INSERT INTO invitation (n, hash, role, time, expires, uses, fold, name, revoked) VALUES (3, X'73686F7274232323232323232323232323232323232323232323232323232323', 0, 1, 10, NULL, NULL, NULL, 0);
INSERT INTO invitation (n, hash, role, time, expires, uses, fold, name, revoked) VALUES (4, X'676F6E6523232323232323232323232323232323232323232323232323232323', 0, 1, NULL, NULL, NULL, NULL, 1);
INSERT INTO invitation_use (n, invitation, name, identity, time) VALUES (1, 1, 'alice', X'0101010101010101010101010101010101010101010101010101010101010101', 2);
INSERT INTO invitation_use (n, invitation, name, identity, time) VALUES (2, 2, 'Bob', X'0202020202020202020202020202020202020202020202020202020202020202', 3);
PRAGMA user_version = 5;
