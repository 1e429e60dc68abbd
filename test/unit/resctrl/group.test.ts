import { describe, expect, it } from 'vitest';
import { parseResctrlMount } from '../../../src/host/mounts/resctrl.js';
import { resctrlGroup, schemataLines } from '../../../src/resctrl/group.js';
import { makeResctrlGroup } from '../../../src/resctrl/enter.js';
import { bindFakeSys } from '../fake_sys.js';

describe('the resctrl group of a container', () => {
  const group = (intelRdt: Parameters<typeof resctrlGroup>[0]['intelRdt']) =>
    resctrlGroup({ mount: '/sys/fs/resctrl', id: 'web', intelRdt });

  it("has the name of the class, or else the container's id", () => {
    expect(group({ closID: 'gold' })).toEqual({ directory: '/sys/fs/resctrl/gold', monitoring: null });
    expect(group({})).toEqual({ directory: '/sys/fs/resctrl/web', monitoring: null });
    expect(group({ closID: '/' })).toEqual({ directory: '/sys/fs/resctrl', monitoring: null });
  });

  it('has its own monitoring group', () => {
    expect(group({ closID: 'gold', enableMonitoring: true }).monitoring).toBe('/sys/fs/resctrl/gold/mon_groups/web');
  });
});

describe('schemata', () => {
  it('the bandwidth schema replaces MB lines of the cache schema', () => {
    expect(schemataLines({ l3CacheSchema: 'L3:0=f\nMB:0=10', memBwSchema: 'MB:0=20' })).toEqual(['L3:0=f', 'MB:0=20']);
    expect(schemataLines({ l3CacheSchema: 'L3:0=f\nMB:0=10' })).toEqual(['L3:0=f', 'MB:0=10']);
  });

  it('schemata are written last', () => {
    expect(schemataLines({ l3CacheSchema: 'L3:0=f', schemata: ['L2:0=3', 'MB:0=50'] })).toEqual(['L3:0=f', 'L2:0=3', 'MB:0=50']);
  });
});

describe('an existing class', () => {
  const make = (l3CacheSchema: string): void => {
    bindFakeSys({ files: { '/r/gold/schemata': '    L3:0=00ff;1=00ff\n    MB:0=100;1=100\n' } });
    makeResctrlGroup({
      group: { directory: '/r/gold', monitoring: null },
      intelRdt: { closID: 'gold', l3CacheSchema },
      record: () => {
        throw new Error('nothing is made');
      },
    });
  };

  it('is used if it has the requested schemata', () => {
    expect(() => {
      make('L3:0=FF;1=ff');
    }).not.toThrow();
    expect(() => {
      make('MB:1=100');
    }).not.toThrow();
  });

  it('is refused if it has others', () => {
    expect(() => {
      make('L3:0=f;1=ff');
    }).toThrow('its schemata have L3:0=ff for L3:0=f');
    expect(() => {
      make('L2:0=f');
    }).toThrow('no L2:0=f');
  });
});

it('the resctrl mount is found by its type', () => {
  expect(parseResctrlMount('22 1 0:20 / /sys rw - sysfs sysfs rw\n30 22 0:31 / /mnt/rdt rw,relatime - resctrl resctrl rw\n')).toBe(
    '/mnt/rdt',
  );
  expect(parseResctrlMount('22 1 0:20 / /sys rw - sysfs sysfs rw\n')).toBe(null);
});
