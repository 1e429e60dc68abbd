import { RuntimeError } from '../../errors/runtime_error.js';
import { isUnifiedLimit, unifiedLimitWords } from '../../spec/names/unified.js';
import type { Resources } from '../../spec/types.js';
import { cpuWrites, cpusetWrites } from './cpu.js';
import { ioWrites } from './io.js';
import { memoryWrites } from './memory.js';
import { unsupportedOnV2 } from './unsupported.js';
import type { CgroupWrite } from './writes.js';

/**
 * Returns what to write for `linux.resources` (config-linux.md, "Control groups"), in this order; devices need a separate program. Reads
 * nothing, and leaves nothing out silently: what cgroup v2 does not have is an error.
 */
export function limitWrites(resources: Resources): readonly CgroupWrite[] {
  return [
    ...cpusetWrites(resources.cpu),
    ...pidsWrites(resources.pids),
    ...memoryWrites(resources.memory),
    ...ioWrites(resources.blockIO),
    ...cpuWrites(resources.cpu),
    ...hugetlbWrites(resources.hugepageLimits),
    ...rdmaWrites(resources.rdma),
    ...networkWrites(resources.network),
    // Last, so that settings in cgroup v2's own terms take precedence, as in runc.
    ...unifiedWrites(resources.unified),
  ];
}

/**
 * 0 means not set, as in the released runc and crun, because Podman's API sends it for every container without a limit. A negative number
 * means "max".
 */
function pidsWrites(pids: Resources['pids']): readonly CgroupWrite[] {
  const limit = pids?.limit ?? 0;
  if (limit === 0) return [];
  const pointer = '/linux/resources/pids/limit';
  if (limit < 0) return [{ file: 'pids.max', value: 'max', pointer, isDefault: true }];
  return [{ file: 'pids.max', value: String(limit), pointer }];
}

function hugetlbWrites(limits: Resources['hugepageLimits']): readonly CgroupWrite[] {
  return (limits ?? []).flatMap(({ pageSize, limit }, index) => {
    const pointer = `/linux/resources/hugepageLimits/${index}`;
    if (!/^[1-9][0-9]*[KMG]B$/.test(pageSize))
      throw invalid(`${pointer}/pageSize`, `page size "${pageSize}" is not of the form 2MB or 1GB`);
    const value = String(limit);
    return [
      { file: `hugetlb.${pageSize}.max`, value, pointer: `${pointer}/limit` },
      // Reservations count since Linux 5.7 and would bypass the limit.
      { file: `hugetlb.${pageSize}.rsvd.max`, value, pointer: `${pointer}/limit` },
    ];
  });
}

function rdmaWrites(devices: Resources['rdma']): readonly CgroupWrite[] {
  return Object.entries(devices ?? {}).flatMap(([device, limits]) => {
    const pointer = `/linux/resources/rdma/${device}`;
    const parts = [
      ...(limits.hcaHandles === undefined ? [] : [`hca_handle=${limits.hcaHandles}`]),
      ...(limits.hcaObjects === undefined ? [] : [`hca_object=${limits.hcaObjects}`]),
    ];
    return parts.length === 0 ? [] : [{ file: 'rdma.max', value: `${device} ${parts.join(' ')}`, pointer }];
  });
}

function networkWrites(network: Resources['network']): readonly CgroupWrite[] {
  if ((network?.classID ?? 0) !== 0)
    throw unsupportedOnV2('/linux/resources/network/classID', 'net_cls', 'use tc or nftables with a cgroup match');
  if ((network?.priorities ?? []).length > 0)
    throw unsupportedOnV2('/linux/resources/network/priorities', 'net_prio', 'use tc with a cgroup match');
  return [];
}

/** Limits in cgroup v2's own terms. Each line of a value is a separate write, because files such as io.max accept one line at a time. */
function unifiedWrites(unified: Resources['unified']): readonly CgroupWrite[] {
  return Object.entries(unified ?? {}).flatMap(([file, text]) => {
    const pointer = `/linux/resources/unified/${file.replace(/~/g, '~0').replace(/\//g, '~1')}`;
    if (file.includes('/')) throw invalid(pointer, `unified resource "${file}" must be a file name (no slashes)`);
    if (!isUnifiedLimit(file)) throw invalid(pointer, `unified resource "${file}" must be ${unifiedLimitWords}`);
    const lines = text.split('\n').filter((line) => line !== '');
    return (lines.length === 0 ? [''] : lines).map((value) => ({ file, value, pointer }));
  });
}

function invalid(path: string, message: string): RuntimeError {
  return new RuntimeError(message, { code: 'invalid-config', phase: 'cgroup', operation: 'limit', path });
}
