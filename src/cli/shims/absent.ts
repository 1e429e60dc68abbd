/**
 * Stands in for node:child_process, node:fs and node:path in the executable (scripts/bundle.mjs): commander needs them only for subcommands that are
 * programs of their own, and tsrun has none.
 */
export {};
