import * as z from 'zod'

// Before any schema is used: zod would try `new Function`, which the CSP refuses, and reports.
z.config({ jitless: true })
