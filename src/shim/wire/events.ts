/** Events about tasks (api/events/task.proto), and how they are sent (api/types/event.proto, api/services/ttrpc/events/v1/events.proto). */
import { any, mount, timestamp } from './messages.js';
import { bool, message, messages, string, uint32 } from '../../protobuf/message.js';

const io = { stdin: string(1), stdout: string(2), stderr: string(3), terminal: bool(4) };

/** By topic: the name of the message, and its fields. */
export const events = {
  '/tasks/create': {
    name: 'TaskCreate',
    fields: {
      container_id: string(1),
      bundle: string(2),
      rootfs: messages(3, mount),
      io: message(4, io),
      checkpoint: string(5),
      pid: uint32(6),
    },
  },
  '/tasks/start': { name: 'TaskStart', fields: { container_id: string(1), pid: uint32(2) } },
  '/tasks/exit': {
    name: 'TaskExit',
    fields: { container_id: string(1), id: string(2), pid: uint32(3), exit_status: uint32(4), exited_at: message(5, timestamp) },
  },
  '/tasks/delete': {
    name: 'TaskDelete',
    fields: { container_id: string(1), pid: uint32(2), exit_status: uint32(3), exited_at: message(4, timestamp), id: string(5) },
  },
  '/tasks/oom': { name: 'TaskOOM', fields: { container_id: string(1) } },
  '/tasks/exec-added': { name: 'TaskExecAdded', fields: { container_id: string(1), exec_id: string(2) } },
  '/tasks/exec-started': { name: 'TaskExecStarted', fields: { container_id: string(1), exec_id: string(2), pid: uint32(3) } },
  '/tasks/paused': { name: 'TaskPaused', fields: { container_id: string(1) } },
  '/tasks/checkpointed': { name: 'TaskCheckpointed', fields: { container_id: string(1), checkpoint: string(2) } },
  '/tasks/resumed': { name: 'TaskResumed', fields: { container_id: string(1) } },
};

export type Topic = keyof typeof events;

export const envelope = { timestamp: message(1, timestamp), namespace: string(2), topic: string(3), event: message(4, any) };
export const forwardRequest = { envelope: message(1, envelope) };
