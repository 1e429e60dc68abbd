import { kinds } from './kinds.mjs';

const keywords = new Set(['namespace', 'default', 'delete', 'new', 'class', 'private', 'public', 'operator', 'register', 'switch']);

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const pascal = (name) => name[0].toUpperCase() + name.slice(1);
const identifier = (name) => (keywords.has(name) ? `${name}_` : snake(name));

/** Returns the C++ side of the protocol, by file name. Throws if the table cannot be expressed in C++. */
export function cppFiles({ operations, ...rest }) {
  const table = { ...rest, operations: operations() };
  check(table);
  return {
    'numbers.h': numbersHeader(table),
    'shapes.inc': each(table, shapeLine),
    'operations.h': header('tsrun::plan::operations', each(table, viewClass)),
    'each_operation.inc': each(table, ([name]) => `TSRUN_OPERATION(${pascal(name)}, ${snake(name)})\n`),
    'kernel_constants.h': kernelHeader(table),
  };
}

/** Checks what TypeScript's types do not express. */
function check({ operations, layout, ...numbers }) {
  const unique = (what, values) => {
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    if (twice !== undefined) throw new Error(`${what}: ${twice} is used twice`);
  };
  unique(
    'operations',
    Object.values(operations).map(({ id }) => id),
  );
  for (const name of ['step', 'syncPoint', 'messageType', 'mountOption']) unique(name, Object.values(numbers[name]));
  for (const [name, bit] of Object.entries(numbers.mountOption))
    if (bit <= 0 || (bit & (bit - 1)) !== 0) throw new Error(`mountOption.${name} is not one bit`);
  for (const [name, operation] of Object.entries(operations)) {
    if (!(operation.id > 0 && operation.id < 2 ** 16)) throw new Error(`${name}: the id does not fit`);
    const { numbers: integers, texts } = split(operation);
    if (integers.length > layout.mostNumbers || texts.length > layout.mostTexts) throw new Error(`${name}: too many fields for a record`);
  }
}

const isText = ([, kind]) => kinds[kind].type === 'const Text&';

const split = ({ fields }) => ({
  numbers: Object.entries(fields).filter((field) => !isText(field)),
  texts: Object.entries(fields).filter(isText),
});

const each = ({ operations }, write) => Object.entries(operations).map(write).join('');

const header = (namespace, body) =>
  `// Written by scripts/protocol/generate.mjs from src/protocol/: change it there.
#pragma once
#include <cstdint>

namespace ${namespace} {

${body}
}  // namespace ${namespace}
`;

const enumeration = (declaration, values) =>
  `enum class ${declaration} {\n${Object.entries(values)
    .map(([name, value]) => `  k${pascal(name)} = ${value},\n`)
    .join('')}};\n\n`;

function numbersHeader({ operations, step, syncPoint, messageType, mountOption, layout }) {
  const ids = Object.fromEntries(Object.entries(operations).map(([name, { id }]) => [name, id]));
  const sizes = Object.entries(layout).map(([name, value]) => `constexpr uint32_t k${pascal(name)} = ${value};\n`);
  return header(
    'tsrun::plan',
    `${sizes.join('')}\n` +
      enumeration('Op : uint16_t', ids) +
      enumeration('Step : uint32_t', step) +
      enumeration('MessageType : uint32_t', messageType) +
      enumeration('SyncPoint : uint32_t', syncPoint) +
      enumeration('MountOption : uint32_t', mountOption),
  );
}

function shapeLine([name, operation]) {
  const { numbers, texts } = split(operation);
  const letters = (fields) => fields.map(([, kind]) => kinds[kind].letter).join('');
  return `{Op::k${pascal(name)}, "${letters(numbers)}", "${letters(texts)}"},\n`;
}

/** The type that one operation receives: its fields by name, with the types that they were checked for. */
function viewClass([name, operation]) {
  const type = pascal(name);
  const { numbers, texts } = split(operation);
  const accessors = [
    ...numbers.map(([field, kind], index) => {
      const value = kind === 'flag' ? `record_.numbers[${index}] != 0` : `static_cast<${kinds[kind].type}>(record_.numbers[${index}])`;
      return `  ${kinds[kind].type} ${identifier(field)}() const { return ${value}; }\n`;
    }),
    ...texts.map(([field, kind], index) => `  ${kinds[kind].type} ${identifier(field)}() const { return record_.texts[${index}]; }\n`),
  ];
  if (accessors.length === 0) return `struct ${type} {\n  explicit ${type}(const Operation&) {}\n};\n\n`;
  return `class ${type} {
 public:
  explicit ${type}(const Operation& record) : record_(record) {}
${accessors.join('')}
 private:
  const Operation& record_;
};

`;
}

/** TypeScript's copies of the kernel's numbers, which native/test/plan/kernel_constants.cc compares with the kernel's headers. */
function kernelHeader({ capabilityNumbers, mountAttribute, namespaceFlags, propagationFlag, rlimitNumbers, superblockFlag }) {
  const constants = (prefix, values) =>
    Object.entries(values)
      .map(([name, value]) => `constexpr uint64_t ${prefix}${prefix === '' ? name : pascal(name)} = ${value};\n`)
      .join('');
  return header(
    'tsrun::typescript',
    constants('kNamespace', namespaceFlags) +
      constants('kAttribute', mountAttribute) +
      constants('kSuperblock', superblockFlag) +
      constants('kPropagation', propagationFlag) +
      constants('k', capabilityNumbers) +
      constants('k', rlimitNumbers),
  );
}
