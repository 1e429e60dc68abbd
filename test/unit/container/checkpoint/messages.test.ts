import { expect, test } from 'vitest';
import { criuOptions, criuRequest, type CriuOptions } from '../../../../src/container/checkpoint/criu/messages.js';
import { encode } from '../../../../src/protobuf/message.js';

/** As CRIU has them, in images/rpc.proto and in the descriptors of its executable. */
const numbers: Readonly<Record<keyof CriuOptions, number>> = {
  images_dir_fd: 1,
  pid: 2,
  leave_running: 3,
  ext_unix_sk: 4,
  tcp_established: 5,
  evasive_devices: 6,
  shell_job: 7,
  file_locks: 8,
  log_level: 9,
  log_file: 10,
  ps: 11,
  notify_scripts: 12,
  root: 13,
  parent_img: 14,
  track_mem: 15,
  auto_dedup: 16,
  work_dir_fd: 17,
  link_remap: 18,
  ext_mnt: 23,
  manage_cgroups: 24,
  cg_root: 25,
  rst_sibling: 26,
  inherit_fd: 27,
  manage_cgroups_mode: 34,
  external: 37,
  empty_ns: 38,
  join_ns: 39,
  cgroup_dump_controller: 43,
  freeze_cgroup: 44,
  tcp_skip_in_flight: 46,
  lazy_pages: 48,
  orphan_pts_master: 50,
  config_file: 51,
  tcp_close: 52,
  lsm_profile: 53,
  lsm_mount_context: 63,
  network_lock: 64,
};

const values: Readonly<Record<string, unknown>> = {
  ps: { address: 'a' },
  ext_mnt: [{ key: 'a', val: 'b' }],
  cg_root: [{ ctrl: 'a', path: 'b' }],
  inherit_fd: [{ key: 'a', fd: 1 }],
  join_ns: [{ ns: 'a', ns_file: 'b' }],
  external: ['a'],
  cgroup_dump_controller: ['a'],
};
const texts = ['log_file', 'root', 'parent_img', 'freeze_cgroup', 'config_file', 'lsm_profile', 'lsm_mount_context'];

function valueOf(name: string): unknown {
  if (name in values) return values[name];
  if (texts.includes(name)) return 'a';
  return /_fd$|^pid$|level|mode|empty_ns|network_lock/.test(name) ? 1 : true;
}

test('every option of CRIU has its number', () => {
  expect(Object.keys(numbers).sort()).toEqual(Object.keys(criuOptions).sort());
  const seen = Object.keys(numbers).map((name) => {
    const bytes = encode(criuRequest, { opts: { [name]: valueOf(name) } });
    // After the tag and the length of `opts`.
    const [first = 0, second = 0] = bytes.slice(2);
    return [name, ((first & 0x7f) | (first > 0x7f ? second << 7 : 0)) >> 3];
  });
  expect(Object.fromEntries(seen)).toEqual(numbers);
});
