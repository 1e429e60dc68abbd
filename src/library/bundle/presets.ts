import type { BundleLimits, PresetName } from './definition.js';

/** The defaults of {@link defineBundle}. */
export interface Preset {
  readonly uid: number;
  readonly writable: boolean;
  readonly capabilities: readonly string[];
  /** Bytes of /tmp. */
  readonly scratch: number;
  readonly limits: Required<BundleLimits>;
}

const mebibyte = 1024 * 1024;

/** For a program that starts as root of its container and gives up what it does not need. */
const ofServices = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_KILL', 'CAP_NET_BIND_SERVICE', 'CAP_SETGID', 'CAP_SETUID'];

export const presets = {
  sandbox: {
    uid: 65534,
    writable: false,
    capabilities: [],
    scratch: 64 * mebibyte,
    limits: { memory: 256 * mebibyte, cpus: 1, pids: 64, openFiles: 1024 },
  },
  service: {
    uid: 0,
    writable: false,
    capabilities: ofServices,
    scratch: 64 * mebibyte,
    limits: { memory: 512 * mebibyte, cpus: 'none', pids: 512, openFiles: 'none' },
  },
  build: {
    uid: 0,
    writable: true,
    capabilities: [...ofServices, 'CAP_FSETID', 'CAP_SETFCAP', 'CAP_SYS_CHROOT'],
    scratch: 1024 * mebibyte,
    limits: { memory: 2048 * mebibyte, cpus: 'none', pids: 2048, openFiles: 'none' },
  },
} as const satisfies Readonly<Record<PresetName, Preset>>;
