// Declares every function of sys, by topic. table.cc gives each its name and parameters; src/sys/contract.ts documents them.
#pragma once
#include "../functions.h"

namespace tsrun::entries {

using Entry = Outcome(const Arguments&);

// files.cc, read.cc, write.cc
Entry open, close, access, real_path, read_link, filesystem_type, chown, status, unlink, rename;
Entry read_text, read_fd, read_bytes, read_some;
Entry write_file, write_text, write_bytes, replace_file, replace_bytes;

// directories.cc, held_directory.cc, and trees/: remove_tree.cc, copy_tree.cc, copy_changes.cc
Entry make_directory, remove_directory, list_directory, remove_tree, copy_tree, copy_changes;
Entry open_own_directory, take_directory, lock_directory, unlock_directory;

// memory_file.cc, digest.cc
Entry memory_file, digest, encode_text;

// host/facts.cc, host/handed_down.cc
Entry handed_down;
Entry ids, capabilities, variable, uname, working_directory, clock, cpu_affinity, raise_limit, become_subreaper, resign_subreaper;

// processes.cc, programs.cc
Entry open_process, signal_process, kill, reap, is_child, has_ended, has_halted, has_changed, take_fd;
Entry run_program;

// spawn.cc, send_plan.cc, init_socket.cc, supervise.cc
Entry spawn, spawn_here, send_plan, receive, reply, has_unread, hold_signals, supervise;

// deferred_signals.cc
Entry defer_signals, deferred_signal;

// bpf.cc, mount_source.cc, mounts.cc, mapped_layers.cc, user_namespace.cc
Entry load_device_program, attach_device_program;
Entry clone_mount, idmap_mount, clone_own_mount, attach_mount, overlay_mapped;
Entry make_user_namespace, make_as;

// cgroups.cc
Entry watch_file, cgroup_processes, remove_cgroups_below, set_attribute, remove_attribute, attribute;
// trees/user_attributes.cc
Entry user_attribute_names, user_attribute, set_user_attribute;

// net_devices.cc
Entry move_net_device;

// standard_streams.cc
Entry check_streams, copy_stream, give_away;

// inherited.cc
Entry is_inherited;

// sockets.cc, packets.cc, terminals.cc
Entry socket_pair, listen_unix, connect_unix, is_listening, end_tcp_repair, send_fd, receive_fd, pipe, bind_datagram, connect_datagram;
Entry receive_packet;
Entry is_terminal, terminal_size, resize_terminal, open_terminal;

// connections.cc, splice.cc, filesystems.cc, signal_descriptor.cc
Entry accept_unix, send_some, splice, set_non_blocking, mount, unmount, open_signals;
Entry detached_tmpfs;

// seccomp.cc, seccomp_flags.cc
Entry compile_seccomp, knows_seccomp_flags;

}  // namespace tsrun::entries
