import { describe, expect, it } from 'vitest';
import { parseResctrlMount } from '../../../src/host/resctrl_mount.js';
import { resctrlGroup, schemataLines } from '../../../src/resctrl/group.js';
import { makeResctrlGroup } from '../../../src/resctrl/enter.js';
import { bindFakeSys } from '../fake_sys.js';

describe('the group of a container', () => {
  const group = (intelRdt: Parameters<typeof resctrlGroup>[0]['intelRdt']) =>
    resctrlGroup({ mount: '/sys/fs/resctrl', id: 'web', intelRdt });

  it('has the name of the class, else that of the container', () => {
    expect(group({ closID: 'gold' })).toEqual({ directory: '/sys/fs/resctrl/gold', monitoring: null });
    expect(group({})).toEqual({ directory: '/sys/fs/resctrl/web', monitoring: null });
    expect(group({ closID: '/' })).toEqual({ directory: '/sys/fs/resctrl', monitoring: null });
  });

  it('is monitored in a group of its own', () => {
    expect(group({ closID: 'gold', enableMonitoring: true }).monitoring).toBe('/sys/fs/resctrl/gold/mon_groups/web');
  });
});

describe('schemata', () => {
  it('MB lines of the cache schema give way to the bandwidth schema', () => {
    expect(schemataLines({ l3CacheSchema: 'L3:0=f\nMB:0=10', memBwSchema: 'MB:0=20' })).toEqual(['L3:0=f', 'MB:0=20']);
    expect(schemataLines({ l3CacheSchema: 'L3:0=f\nMB:0=10' })).toEqual(['L3:0=f', 'MB:0=10']);
  });

  it('schemata come last', () => {
    expect(schemataLines({ l3CacheSchema: 'L3:0=f', schemata: ['L2:0=3', 'MB:0=50'] })).toEqual(['L3:0=f', 'L2:0=3', 'MB:0=50']);
  });
});

describe('a class that is there', () => {
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

  it('is taken where its schemata are the wanted ones', () => {
    expect(() => {
      make('L3:0=FF;1=ff');
    }).not.toThrow();
    expect(() => {
      make('MB:1=100');
    }).not.toThrow();
  });

  it('is refused where they are others', () => {
    expect(() => {
      make('L3:0=f;1=ff');
    }).toThrow('its schemata have L3:0=ff for L3:0=f');
    expect(() => {
      make('L2:0=f');
    }).toThrow('no L2:0=f');
  });
});

it('the mount is found by its type', () => {
  expect(parseResctrlMount('22 1 0:20 / /sys rw - sysfs sysfs rw\n30 22 0:31 / /mnt/rdt rw,relatime - resctrl resctrl rw\n')).toBe(
    '/mnt/rdt',
  );
  expect(parseResctrlMount('22 1 0:20 / /sys rw - sysfs sysfs rw\n')).toBe(null);
});
