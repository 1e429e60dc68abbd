import { inGuest, noGuest } from './in_guest.mjs';

const title = 'create with the systemd cgroup driver, update, events --stats';

/** Medians of commands that need systemd, or controllers that this host may lack, in the emulated machine with systemd as its init. */
export async function systemd(context) {
  const { options } = context;
  if (options.quick && options.only === undefined) return { title, rows: [], unavailable: '--quick does without an emulated machine' };
  if (noGuest !== null) return { title, rows: [], unavailable: noGuest };
  const { answer, unavailable } = await inGuest({
    ...context,
    name: 'systemd',
    program: 'systemd_guest.mjs',
    args: [String(options.rounds)],
    options: ['-s'],
    environment: { VM_TIMEOUT: '1200' },
  });
  if (unavailable !== undefined) return { title, rows: [], unavailable };
  const { machine, versions, rows } = answer;
  return { title: `${title}: medians (in an emulated machine, Linux ${machine.kernel}, systemd)`, machine, versions, rows };
}
