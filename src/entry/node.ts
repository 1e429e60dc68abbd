#!/usr/bin/env node
import { main } from './main.js';
import { deferringSignals, loadAddon } from '../sys/addon.js';
import { bindDoor, door } from '../sys/call.js';

bindDoor(deferringSignals(loadAddon()));
void main(process.argv.slice(2)).then((code) => door().exit({ code }));
