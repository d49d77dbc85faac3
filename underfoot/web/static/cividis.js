// cividis: dark blue to yellow, even in brightness and alike for colour-blind eyes.
// Nuñez, Anderton, Renslow 2018, PLoS ONE 13(7):e0199239; the polynomial is the fit that d3-scale-chromatic publishes.
const CHANNELS = [
  [-4.54, -35.34, 2381.73, -6402.7, 7024.72, -2710.57],
  [32.49, 170.73, 52.82, -131.46, 176.58, -67.37],
  [81.24, 442.36, -2482.43, 6167.24, -6614.94, 2475.67],
];
const STEPS = 64;

const channel = (factors, t) =>
  Math.max(0, Math.min(255, Math.round(factors.reduceRight((sum, factor) => sum * t + factor, 0))));

export const RAMP = Array.from({ length: STEPS }, (_, step) => {
  const t = step / (STEPS - 1);
  return "#" + CHANNELS.map((factors) => channel(factors, t).toString(16).padStart(2, "0")).join("");
});

export const colour = (level) => RAMP[Math.min(STEPS - 1, Math.floor(level * STEPS))];
