import * as z from 'zod'

/** What the address of a page with charts holds. Of its own, because the router reads it before any chart is looked for. */
export const chartSearch = z.object({
  span: z.enum(['15min', '6h', '30d']).optional().catch(undefined),
  show: z.enum(['use', 'memory', 'heat', 'power']).optional().catch(undefined),
})
