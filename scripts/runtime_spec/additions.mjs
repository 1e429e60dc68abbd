/** Those of the schema, and the recursive ones, which runc and tsrun take too (src/spec/names/propagation.ts). */
const propagations = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave', 'unbindable', 'runbindable'];

/**
 * What runtime-spec 1.3 changed in config.json for Linux since 1.2 (its ChangeLog, config-linux.md), in the notation of the schema. The
 * place is the path of an object of the configuration; null removes a field.
 */
export const additions = {
  linux: {
    rootfsPropagation: { type: 'string', enum: propagations },
    netDevices: { type: 'object', additionalProperties: { type: 'object', properties: { name: { type: 'string' } } } },
    memoryPolicy: {
      type: 'object',
      required: ['mode'],
      properties: {
        mode: {
          type: 'string',
          enum: [
            'MPOL_DEFAULT',
            'MPOL_BIND',
            'MPOL_INTERLEAVE',
            'MPOL_WEIGHTED_INTERLEAVE',
            'MPOL_PREFERRED',
            'MPOL_PREFERRED_MANY',
            'MPOL_LOCAL',
          ],
        },
        nodes: { type: 'string' },
        flags: {
          type: 'array',
          items: { type: 'string', enum: ['MPOL_F_NUMA_BALANCING', 'MPOL_F_RELATIVE_NODES', 'MPOL_F_STATIC_NODES'] },
        },
      },
    },
  },
  'linux.intelRdt': {
    schemata: { type: 'array', items: { type: 'string' } },
    enableMonitoring: { type: 'boolean' },
    enableCMT: null,
    enableMBM: null,
  },
};
