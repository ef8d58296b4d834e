const BARS = [
  { x: 1.5, height: 7, colour: '#1f8a86' },
  { x: 6, height: 10.5, colour: '#2f9f80' },
  { x: 10.5, height: 13.5, colour: '#3fb37a' },
  { x: 15, height: 16, colour: '#8fd05a' },
]

/** The sign of Styx, as on the app's icon: a row of GPU cells. */
export const Sign = () => (
  <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
    {BARS.map(({ x, height, colour }) => (
      <g key={x}>
        <rect x={x} y="2" width="3.5" height="16" rx="1" fill="currentColor" opacity="0.15" />
        <rect x={x} y={18 - height} width="3.5" height={height} rx="1" fill={colour} />
      </g>
    ))}
  </svg>
)
