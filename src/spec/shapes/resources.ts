import { flag, integer, listOf, mapOf, objectOf, oneOf, required, text } from './shape.js';
import type { BlockIo, CpuResources, DeviceRule, MemoryResources, Resources, ThrottleDevice } from '../types.js';
import { deviceNumber, int64, uint16, uint32, uint64 } from './integers.js';

type Member<K extends keyof Resources> = NonNullable<Resources[K]>;

const throttles = listOf(
  objectOf<ThrottleDevice>({ major: required(deviceNumber), minor: required(deviceNumber), rate: required(uint64) }),
);

const blockIo = objectOf<BlockIo>({
  weight: uint16,
  leafWeight: uint16,
  weightDevice: listOf(
    objectOf<NonNullable<BlockIo['weightDevice']>[number]>({
      major: required(deviceNumber),
      minor: required(deviceNumber),
      weight: uint16,
      leafWeight: uint16,
    }),
  ),
  throttleReadBpsDevice: throttles,
  throttleWriteBpsDevice: throttles,
  throttleReadIOPSDevice: throttles,
  throttleWriteIOPSDevice: throttles,
});

/** `linux.resources` (config-linux.md, "Control groups"), and the document that `update --resources` reads. */
export const resourcesShape = objectOf<Resources>({
  devices: listOf(
    objectOf<DeviceRule>({
      allow: required(flag),
      type: oneOf(['a', 'c', 'b', '']),
      major: deviceNumber,
      minor: deviceNumber,
      access: text,
    }),
  ),
  memory: objectOf<MemoryResources>({
    limit: int64,
    reservation: int64,
    swap: int64,
    kernel: int64,
    kernelTCP: int64,
    swappiness: uint64,
    disableOOMKiller: flag,
    useHierarchy: flag,
    checkBeforeUpdate: flag,
  }),
  cpu: objectOf<CpuResources>({
    shares: uint64,
    quota: int64,
    burst: uint64,
    period: uint64,
    realtimeRuntime: int64,
    realtimePeriod: uint64,
    cpus: text,
    mems: text,
    idle: integer(0, 1),
  }),
  pids: objectOf<Member<'pids'>>({ limit: int64 }),
  blockIO: blockIo,
  hugepageLimits: listOf(objectOf<Member<'hugepageLimits'>[number]>({ pageSize: required(text), limit: required(uint64) })),
  network: objectOf<Member<'network'>>({
    classID: uint32,
    priorities: listOf(
      objectOf<NonNullable<Member<'network'>['priorities']>[number]>({ name: required(text), priority: required(uint32) }),
    ),
  }),
  rdma: mapOf(objectOf<Member<'rdma'>[string]>({ hcaHandles: uint32, hcaObjects: uint32 })),
  unified: mapOf(text),
});
