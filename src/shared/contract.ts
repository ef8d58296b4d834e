import { eventIterator, oc } from '@orpc/contract'
import * as z from 'zod'
import { appInfo } from './app-info.ts'
import { askAnswer } from './ask.ts'
import { change } from './change.ts'
import { cluster } from './cluster.ts'
import { errorData } from './error.ts'
import { event } from './event.ts'
import { folder } from './folder.ts'
import { found } from './found.ts'
import { packedHistory } from './history.ts'
import { job, jobRequest } from './job.ts'
import { logInfo, logLine, logQuery, logSearch, logStripRow, logView } from './log.ts'
import { machineDetails, machineSample } from './machine.ts'
import { offer } from './offer.ts'
import { operation, plannedStep } from './operation.ts'
import { health, place } from './place.ts'
import { gpuWish, hostName, POOL_MAX_HOSTS } from './pool.ts'
import { rayWish } from './ray.ts'
import { settings, settingsChange } from './settings.ts'
import { terminal, terminalSize, terminalKey } from './terminal.ts'

/** Every failure crosses the contract as this one, with its fields. */
const styx = oc.errors({ STYX: { data: errorData } })

const id = z.string().min(1).max(100)
const clusterId = z.object({ clusterId: id })
const operationId = z.object({ operationId: id })
const terminalId = z.object({ terminalId: id })
const jobId = z.object({ jobId: id })

/** Every procedure and stream between the engine and the screen. Terminal and log bytes go over the byte channel instead (frames.ts). */
export const contract = {
  app: {
    info: styx.output(appInfo),
    /** Ends the engine cleanly; running operations pause and go on at the next start. */
    quit: styx.output(z.void()),
  },
  /** A snapshot, then every change. Ends on the engine when the client goes. */
  changes: styx.output(eventIterator(change)),
  /**
   * Batches once a second for the machines named; the first holds the newest of each, and of those in `recentOf` the last minutes. While it
   * is open they are sampled at 1 Hz.
   */
  samples: styx
    .input(z.object({ machineIds: z.array(id).max(10_000), recentOf: z.array(id).max(10_000).default([]) }))
    .output(eventIterator(z.array(machineSample))),
  /** Questions of the engine; they come and go in `changes`. */
  asks: {
    answer: styx.input(askAnswer).output(z.void()),
    /** No: what waited for it fails. */
    dismiss: styx.input(z.object({ askId: id })).output(z.void()),
  },
  settings: {
    /** Changes the top-level keys given, whole. */
    write: styx.input(settingsChange).output(settings),
  },
  places: {
    check: styx.input(z.object({ placeId: id })).output(health),
    offers: styx.input(z.object({ placeId: id })).output(z.array(offer)),
    /** The machines that ~/.ssh/config and SkyPilot's files name. Nobody is contacted. */
    found: styx.output(found),
    /**
     * Makes a pool of SSH machines, or changes the one with this id: a host whose id is given stays, one without gets one, one that is not
     * named is taken out. Errors name the field: `name`, `hosts.2.port`.
     */
    save: styx
      .input(
        z.object({
          placeId: id.optional(),
          name: z.string().max(1000),
          hosts: z.array(hostName.extend({ id: id.optional() })).max(10_000),
        }),
      )
      .output(place),
    /** Takes a pool out of Styx. Only when no cluster lives there. */
    remove: styx.input(z.object({ placeId: id })).output(z.void()),
  },
  clusters: {
    list: styx.output(z.array(cluster)),
    read: styx.input(clusterId).output(cluster),
    /** What a launch there would do, without doing anything. */
    plan: styx.input(z.object({ placeId: id, offerId: id, ray: z.boolean().default(false) })).output(z.array(plannedStep)),
    /** Writes the cluster and its operation and answers at once; the steps follow in `changes`. */
    launch: styx
      .input(
        z.object({
          placeId: id,
          offerId: id,
          name: z.string().max(1000),
          spec: z.record(z.string(), z.unknown()).default({}),
          /** Launch and run in one go: submitted as the last step. */
          job: jobRequest.optional(),
          /** Null: without Ray. */
          ray: rayWish.nullable().default(null),
        }),
      )
      .output(z.object({ clusterId: id, operationId: id })),
    stop: styx.input(clusterId).output(operationId),
    start: styx.input(clusterId).output(operationId),
    terminate: styx.input(clusterId).output(operationId),
    /** Adds machines of its place to a cluster that lives, by their offers. `gpus` null: all that are free. */
    addNodes: styx
      .input(
        clusterId.extend({
          machines: z
            .array(z.object({ offerId: id, gpus: gpuWish.nullable() }))
            .min(1)
            .max(POOL_MAX_HOSTS),
        }),
      )
      .output(operationId),
    /**
     * Takes nodes out of a cluster that lives. With a job on them it is refused, unless `endJobs`. `giveUp`: their machines are gone and not
     * asked any more; what stays there is named.
     */
    removeNodes: styx
      .input(
        clusterId.extend({
          nodeIds: z.array(id).min(1).max(POOL_MAX_HOSTS),
          endJobs: z.boolean().default(false),
          giveUp: z.boolean().default(false),
        }),
      )
      .output(operationId),
    /** Deletes the record of a cluster that holds nothing any more (terminated, failed), or whose newest operation is a failed terminate. */
    forget: styx.input(clusterId).output(z.void()),
    /** Ends Ray on all nodes, what runs by it too, and starts it again. */
    restartRay: styx.input(clusterId).output(operationId),
    /** Opens Ray's dashboard for whoever gets the link: an address that is good once. */
    openRayDashboard: styx.input(clusterId).output(z.object({ url: z.string() })),
    /** The same with another version, null: the newest. It is installed beside the one that runs until then. */
    upgradeRay: styx.input(clusterId.extend({ version: rayWish.shape.version })).output(operationId),
  },
  operations: {
    list: styx.input(clusterId).output(z.array(operation)),
    retry: styx.input(operationId).output(z.void()),
    cancel: styx.input(operationId.extend({ keep: z.enum(['nothing', 'everything']) })).output(z.void()),
  },
  jobs: {
    /** Writes the job down and answers at once; its states follow in `changes`. */
    submit: styx.input(clusterId.extend({ job: jobRequest })).output(jobId),
    /** TERM to everything it runs, KILL after 10 s. A job that waits never begins. */
    cancel: styx.input(jobId).output(z.void()),
    /** One job, however old. */
    read: styx.input(jobId).output(job),
    /** The task file as it was submitted, its one document, without the values of secrets. */
    task: styx.input(jobId).output(z.object({ yaml: z.string() })),
    /** Newest first. `before`: when the last one of the page before was submitted. */
    list: styx
      .input(z.object({ clusterId: id.optional(), before: z.number().optional(), limit: z.number().int().min(1).max(500) }))
      .output(z.array(job)),
    /** Deletes a job that has ended, and its log. */
    remove: styx.input(jobId).output(z.void()),
  },
  logs: {
    info: styx.input(logView).output(logInfo),
    /** Lines by number within the view; fewer where it ends, or where long ones fill 1 MiB. */
    lines: styx
      .input(logView.extend({ from: z.number().int().min(0), count: z.number().int().min(1).max(2000) }))
      .output(z.array(logLine)),
    /** What there is, now and after every change, at most ten times a second; ends when the log does. */
    follow: styx.input(logView).output(eventIterator(logInfo)),
    /** The first line at or after a time, epoch ms. */
    lineAt: styx.input(logView.extend({ at: z.number() })).output(z.object({ n: z.number().nullable() })),
    /** Where a reader of line `n` stands once the view shows `to` instead: at the same line, or at the next one that it shows. */
    lineIn: styx
      .input(logView.extend({ n: z.number().int().min(0), to: logView.shape.streams }))
      .output(z.object({ n: z.number() })),
    /** The lines that are kept, in so many parts: what they look like from afar. Fewer where there are fewer lines. */
    strip: styx.input(logView.extend({ rows: z.number().int().min(1).max(1000) })).output(z.array(logStripRow)),
    search: styx.input(logView.extend({ query: logQuery })).output(eventIterator(logSearch)),
  },
  machines: {
    /** What is known of the machines named, then each new answer of one. While it is open they are asked every few seconds. */
    details: styx.input(z.object({ machineIds: z.array(id).max(10_000) })).output(eventIterator(z.array(machineDetails))),
    /** What was kept of a machine between two times, in at most `steps` steps. */
    history: styx
      .input(z.object({ machineId: id, from: z.number(), to: z.number(), steps: z.number().int().min(1).max(4000) }))
      .output(packedHistory),
  },
  files: {
    /** A folder of a node. `path` absolute; null: where the node's jobs work. */
    list: styx.input(z.object({ nodeId: id, path: z.string().startsWith('/').max(4096).nullable() })).output(folder),
  },
  events: {
    /** Newest first. `before`: an event id, for the next page. `text`: in its words or its cluster's name, whatever the case. */
    list: styx
      .input(
        z.object({
          clusterId: id.optional(),
          levels: z.array(event.shape.level).optional(),
          text: z.string().max(200).optional(),
          before: z.number().int().optional(),
          limit: z.number().int().min(1).max(500),
        }),
      )
      .output(z.array(event)),
  },
  terminals: {
    /** A shell on a node, or on a place that is a machine. */
    open: styx
      .input(
        z.object({
          on: z.discriminatedUnion('is', [
            z.object({ is: z.literal('node'), nodeId: id }),
            z.object({ is: z.literal('place'), placeId: id }),
          ]),
          size: terminalSize,
        }),
      )
      .output(terminal),
    resize: styx.input(terminalId.extend({ size: terminalSize })).output(z.void()),
    /** Types into several shells at once, each as its own modes want it. Those that have ended get nothing. */
    type: styx
      .input(z.object({ terminalIds: z.array(id).max(256), keys: z.array(terminalKey).min(1).max(1000) }))
      .output(z.void()),
    rename: styx.input(terminalId.extend({ title: z.string().trim().min(1).max(80) })).output(z.void()),
    /** A new shell in a terminal whose shell has ended, below its old text. */
    reopen: styx.input(terminalId).output(terminal),
    /** Ends the shell if it lives and deletes its text. */
    close: styx.input(terminalId).output(z.void()),
  },
}
export type Contract = typeof contract
