import { main } from './main.js';
import { deferringSignals, loadAddon } from '../sys/addon.js';
import { bindSys, sys } from '../sys/call.js';

bindSys(deferringSignals(loadAddon()));
void main(process.argv.slice(2)).then((code) => sys().exit({ code }));
