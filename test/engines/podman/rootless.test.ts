import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { makeRootfs } from '../../oci/harness/bundle.js';
import { describe, expect, newDirectory, runtimeCommand, start, succeed, test } from '../../oci/harness/index.js';

const user = 4242;

/** As root, in a mount and a pid namespace of the test: a user with granted ids; then as that user. */
const asRoot = `
for name in passwd group subuid subgid; do mount --bind "$1/$name" /etc/$name; done
cd "$1/home"
exec setpriv --reuid=${user} --regid=${user} --clear-groups env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin \\
  HOME="$1/home" XDG_RUNTIME_DIR="$1/run" USER=pod TSRUN_TEST="$TSRUN_TEST" sh -c "$2" sh "$1"`;

/** The user's commands; each prints its name, what the command prints, and its exit code. */
const asUser = `
p() { echo "$1"; shift; podman --log-level=error --runtime "$directory/tsrun" --cgroup-manager cgroupfs --storage-driver vfs "$@" </dev/null 2>&1; echo "= $?"; }
directory=$1
run() { name=$1; shift; p "$name" run --network none "$@"; }
run run --rm --rootfs "$directory/rootfs" sh -c 'id -u; cat /proc/self/uid_map'
run detached --detach --name a --rootfs "$directory/rootfs" sleep 1000 | sed 's/^[0-9a-f]\\{64\\}$/id/'
p exec exec a id -u
p user exec --user 1000 a id -u
p state inspect --format '{{.State.Status}}' a
p stop stop --time 1 a
p start start a
p kill kill a
p rm rm --force a
p pod pod create --name q --infra=false | sed 's/^[0-9a-f]\\{64\\}$/id/'
run member --detach --pod q --name b --rootfs "$directory/rootfs" sleep 1000 | sed 's/^[0-9a-f]\\{64\\}$/id/'
p member-exec exec b id -u
p pod-stop pod stop --time 1 q | sed 's/^[0-9a-f]\\{64\\}$/id/'
p pod-rm pod rm --force q | sed 's/^[0-9a-f]\\{64\\}$/id/'
p ps ps --all --format '{{.Names}}'
ls "$directory/run/tsrun"`;

describe.runIf(runtimeCommand.length === 1)('podman of a user who is not root', () => {
  test('runs, enters, stops, starts and removes containers, alone and in a pod, with the ids that the user was granted', async () => {
    const directory = newDirectory();
    chmodSync(directory, 0o755);
    makeRootfs(`${directory}/rootfs`, { copy: true });
    succeed(await start(['chown', '-R', `${user}:${user}`, `${directory}/rootfs`]).done);
    copyFileSync(runtimeCommand[0] as string, `${directory}/tsrun`);
    chmodSync(`${directory}/tsrun`, 0o755);
    for (const name of ['home', 'run']) {
      mkdirSync(`${directory}/${name}`, { mode: 0o700 });
      chownSync(`${directory}/${name}`, user, user);
    }
    const add = (name: string, line: string): void => {
      writeFileSync(`${directory}/${name}`, `${readFileSync(`/etc/${name}`, 'utf8')}${line}\n`);
    };
    add('passwd', `pod:x:${user}:${user}::${directory}/home:/bin/sh`);
    add('group', `pod:x:${user}:`);
    for (const name of ['subuid', 'subgid']) writeFileSync(`${directory}/${name}`, 'pod:200000:65536\n');
    const namespaces = ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const { stdout } = await start([...namespaces, 'sh', '-c', asRoot, 'sh', directory, asUser], { timeout: 50_000 }).done;
    expect(
      stdout
        .trim()
        .split(/\n/)
        .map((line) => line.trim().replace(/\s+/g, ' ')),
    ).toEqual([
      ...['run', '0', `0 ${user} 1`, '1 200000 65536', '= 0'],
      ...['detached', 'id', '= 0'],
      ...['exec', '0', '= 0'],
      ...['user', '1000', '= 0'],
      ...['state', 'running', '= 0'],
      ...['stop', 'a', '= 0'],
      ...['start', 'a', '= 0'],
      ...['kill', 'a', '= 0'],
      ...['rm', 'a', '= 0'],
      ...['pod', 'id', '= 0'],
      ...['member', 'id', '= 0'],
      ...['member-exec', '0', '= 0'],
      ...['pod-stop', 'id', '= 0'],
      ...['pod-rm', 'id', '= 0'],
      ...['ps', '= 0'],
    ]);
  });
});
