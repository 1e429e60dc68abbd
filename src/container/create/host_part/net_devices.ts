import { fromSystem } from '../../../errors/from_system.js';
import { sys } from '../../../sys/call.js';
import type { Fd } from '../../../sys/contract.js';
import type { Linux } from '../../../spec/types.js';

/** Moves the configured network devices of the host into the network namespace of a process (config-linux.md, "Network Devices"). */
export function moveNetDevices(devices: Linux['netDevices'], pid: number): void {
  const names = Object.keys(devices ?? {});
  if (names.length === 0) return;
  const network: Fd = sys().open({ path: `/proc/${pid}/ns/net`, flags: 0 });
  try {
    for (const name of names) move(name, devices?.[name]?.name ?? name, network);
  } finally {
    sys().close({ fd: network });
  }
}

function move(name: string, newName: string, network: Fd): void {
  try {
    sys().moveNetDevice({ name, newName: newName === '' ? name : newName, network });
  } catch (error) {
    throw fromSystem(error, {
      code: 'setup',
      phase: 'setup',
      operation: 'move network device',
      path: name,
      hint: 'the device must exist in the network namespace of tsrun, be movable, and its name be free in the container',
    });
  }
}
