import { RuntimeError } from '../../errors/runtime_error.js';

/** Lines of uid_map and gid_map of user_namespaces(7). */
export interface IdMaps {
  readonly uidMap: string;
  readonly gidMap: string;
}

const mostIds = 2 ** 32 - 1;

/**
 * Takes the options `uidmap` and `gidmap` out of those of a mount: containerd's snapshotters ask by them that the root file system of a pod
 * with a user namespace (`hostUsers: false`) shows its files with the ids of that namespace. Each is `CONTAINER:HOST:SIZE`, or several of
 * them with commas.
 *
 * @returns null for a mount without them
 * @throws RuntimeError if only one of them is there, or one more than once, or it is written otherwise
 */
export function takeIdMaps(options: readonly string[]): { readonly maps: IdMaps | null; readonly rest: readonly string[] } {
  const value = (name: string): string | undefined => {
    const [one, another] = options.filter((option) => option.startsWith(`${name}=`));
    if (another !== undefined) throw invalid(`option "${name}": it is there more than once`);
    return one?.slice(name.length + 1);
  };
  const [uids, gids] = [value('uidmap'), value('gidmap')];
  const rest = options.filter((option) => !/^[ug]idmap=/.test(option));
  if (uids === undefined && gids === undefined) return { maps: null, rest };
  if (uids === undefined || gids === undefined)
    throw invalid(`option "${uids === undefined ? 'gidmap' : 'uidmap'}": it needs "${uids === undefined ? 'uidmap' : 'gidmap'}", too`);
  return { maps: { uidMap: lines('uidmap', uids), gidMap: lines('gidmap', gids) }, rest };
}

function lines(name: string, text: string): string {
  return text
    .split(',')
    .map((range) => {
      const numbers = /^(\d{1,10}):(\d{1,10}):(\d{1,10})$/.exec(range)?.slice(1).map(Number);
      if (numbers === undefined || numbers.some((number) => number > mostIds))
        throw invalid(`option "${name}": "${range}" is not three ids such as "0:65536:65536"`);
      return `${numbers.join(' ')}\n`;
    })
    .join('');
}

function invalid(what: string): RuntimeError {
  return new RuntimeError(`mount rootfs: ${what}`, { code: 'usage', phase: 'setup', operation: 'mount rootfs' });
}
