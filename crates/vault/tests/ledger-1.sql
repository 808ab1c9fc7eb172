-- A ledger in its first form, as a program of that time wrote it. Never edited: films like it are out there.
create table results (
    id integer primary key,
    key blob not null unique,
    hash blob not null,
    extension text not null,
    bytes integer not null,
    mtime integer not null,
    step text not null,
    version integer not null,
    inputs text not null,
    subject text not null,
    keep text not null,
    made_at text not null
);
create index results_by_subject on results (subject, step, id);
create index results_by_content on results (hash, extension);
create table entries (
    id integer primary key autoincrement,
    at text not null,
    kind text not null,
    subject text not null,
    data text not null
);
create index entries_by_subject on entries (kind, subject, id);
create trigger entries_are_never_changed before update on entries
    begin select raise(abort, 'entries are never changed'); end;
create trigger entries_are_never_removed before delete on entries
    begin select raise(abort, 'entries are never removed'); end;
insert into results (key, hash, extension, bytes, mtime, step, version, inputs, subject, keep, made_at) values
    (x'0101010101010101010101010101010101010101010101010101010101010101',
     x'0202020202020202020202020202020202020202020202020202020202020202',
     'mp4', 1234567, 1900000000000000001, 'shoot', 3, '{"prompt":"a quay","seed":7}', '12_0040-1', 'take',
     '2031-05-04T18:00:00Z'),
    (x'0303030303030303030303030303030303030303030303030303030303030303',
     x'0202020202020202020202020202020202020202020202020202020202020202',
     'mp4', 1234567, 1900000000000000001, 'draw', 1, '{"prompt":"a quay"}', '12_0040', 'derived',
     '2031-05-04T18:00:01Z');
insert into entries (at, kind, subject, data) values
    ('2031-05-04T18:00:00Z', 'cost', '12_0040-1', '{"cents":12}'),
    ('2031-05-04T18:00:02Z', 'verdict', '12_0040-1', '{"circled":true}');
pragma user_version = 1;
