/** The sign of Styx: two waves of the river. */
export const Sign = () => (
  <svg
    width="20"
    height="20"
    viewBox="0 0 20 20"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.9"
    strokeLinecap="round"
    aria-hidden="true"
  >
    <path d="M2 8.2c2.2-3 4.6-3 7.2-.4s5 2.600 8.800-1.600" />
    <path d="M2 13.800c2.200-3 4.600-3 7.200-.400s5 2.600 8.800-1.600" opacity="0.6" />
  </svg>
)
