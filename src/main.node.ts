#!/usr/bin/env node
import { main } from './main.js';
import { loadAddon } from './native/addon.js';
import { bindDoor, door } from './native/call.js';

bindDoor(loadAddon());
void main(process.argv.slice(2)).then((code) => door().exit({ code }));
