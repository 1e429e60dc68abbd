import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseUser } from '../../../../src/cli/options/user.js';

const id = fc.integer({ min: 0, max: 4294967294 });

test('reads a user, and a user with a group', () => {
  fc.assert(
    fc.property(id, id, (uid, gid) => {
      expect(parseUser(String(uid))).toEqual({ uid });
      expect(parseUser(`${uid}:${gid}`)).toEqual({ uid, gid });
    }),
  );
});

test.each([
  '',
  ':',
  '1:',
  ':1',
  'root',
  '1:wheel',
  '-1',
  '+1',
  ' 1',
  '1 ',
  '1\n',
  '01',
  '0x0',
  '1e3',
  '1.0',
  '1_0',
  '٣',
  '4294967295',
  '4294967296',
  '18446744073709551616',
  '1:2:3',
  '0:-1',
])('refuses %j', (text) => {
  expect(() => parseUser(text)).toThrow('parse user');
});

test('accepts only digits as the user', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789:+-. xe\n') }), (text) => {
      let user;
      try {
        user = parseUser(text);
      } catch {
        return;
      }
      expect(user.gid === undefined ? String(user.uid) : `${user.uid}:${user.gid}`).toBe(text);
    }),
  );
});
