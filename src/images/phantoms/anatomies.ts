import { between, type Random } from '../../domain/random.ts';
import { Canvas, coverage } from './canvas.ts';

/** What is drawn: an anatomy with its findings. */
export interface Anatomy {
  modality: 'XR' | 'CT' | 'MR' | 'US';
  region: string;
  findings: readonly string[];
  /** Bits of a sample: CT has a 12-bit range in 16 bits. */
  bits: 8 | 16;
  width: number;
  height: number;
  /**
   * Draws one picture.
   * @param body varies the patient's build: the same numbers for each picture of a patient
   * @param shot varies the picture: noise, gain, place of the finding
   */
  draw(finding: string, body: Random, shot: Random): Canvas;
}

const chest: Anatomy = {
  modality: 'XR',
  region: 'chest',
  findings: ['normal', 'pleural_effusion', 'pneumothorax', 'nodule', 'cardiomegaly'],
  bits: 8,
  width: 288,
  height: 320,
  draw(finding, body, shot) {
    const c = new Canvas(this.width, this.height, 0.05);
    const wide = between(body, 0.92, 1.06);
    c.fill({ x: 0.5, y: 0.6, rx: 0.47 * wide, ry: 0.62 }, 0.62, 0.08);
    c.add({ x: 0.5, y: 0.03, rx: 0.12, ry: 0.16 }, 0.15);
    const lungs = [0.3, 0.7].map((x) => ({
      x: 0.5 + (x - 0.5) * wide,
      y: between(body, 0.43, 0.46),
      rx: 0.155 * wide,
      ry: 0.32,
    }));
    for (const lung of lungs) c.fill(lung, 0.2, 0.12);
    c.add({ x: 0.5, y: 0.5, rx: 0.055, ry: 0.6 }, 0.2);
    const heart = finding === 'cardiomegaly' ? 0.25 : between(body, 0.14, 0.165);
    c.fill({ x: 0.54, y: 0.6, rx: heart * wide, ry: 0.15, turn: [0.96, 0.28] }, 0.68, 0.15);
    for (const lung of lungs) {
      c.fill({ x: lung.x, y: 0.86, rx: 0.24, ry: 0.13 }, 0.72, 0.1);
      for (let rib = 0; rib < 8; rib++) {
        const y = 0.24 + rib * 0.085;
        c.ring({ x: lung.x, y: y + 0.06, rx: 0.2 * wide, ry: 0.1 }, 0.12, 0.5, 0.1);
      }
    }
    for (const x of [0.28, 0.72]) {
      const turn = [0.97, x < 0.5 ? -0.24 : 0.24] as const;
      c.add({ x, y: 0.15, rx: 0.2, ry: 0.014, turn }, 0.25);
    }
    const side = lungs[shot() < 0.5 ? 0 : 1] as { x: number; y: number };
    if (finding === 'pleural_effusion') {
      c.fill({ x: side.x, y: 0.84, rx: 0.21, ry: between(shot, 0.22, 0.3) }, 0.76, 0.08);
    } else if (finding === 'pneumothorax') {
      c.fill(
        { x: side.x + (side.x < 0.5 ? -0.06 : 0.06), y: 0.36, rx: 0.09, ry: 0.22 },
        0.06,
        0.06,
      );
    } else if (finding === 'nodule') {
      const r = between(shot, 0.03, 0.045);
      c.fill({ x: side.x, y: between(shot, 0.3, 0.52), rx: r, ry: r * 0.9 }, 0.7, 0.15);
    }
    c.texture(shot, 40, 0.08);
    c.noise(shot, 0.025);
    return c;
  },
};

const head: Anatomy = {
  modality: 'CT',
  region: 'head',
  findings: ['normal', 'haemorrhage', 'infarct', 'hydrocephalus'],
  bits: 16,
  width: 256,
  height: 256,
  draw(finding, body, shot) {
    const c = new Canvas(this.width, this.height, 0.02);
    const skull = { x: 0.5, y: 0.5, rx: between(body, 0.35, 0.39), ry: between(body, 0.43, 0.46) };
    const brain = { ...skull, rx: skull.rx * 0.88, ry: skull.ry * 0.88 };
    c.fill(skull, 0.95, 0.02);
    c.fill(brain, 0.42, 0.03);
    c.texture(body, 22, 0.12, brain);
    c.fill({ ...brain, rx: brain.rx * 0.78, ry: brain.ry * 0.78 }, 0.36, 0.2);
    c.fill({ x: 0.5, y: 0.5, rx: 0.006, ry: brain.ry * 0.9 }, 0.48, 0.5);
    const swollen = finding === 'hydrocephalus' ? 1.9 : between(body, 0.85, 1.15);
    for (const sign of [-1, 1]) {
      const turn = [0.97, sign * 0.24] as const;
      c.fill(
        { x: 0.5 + sign * 0.055 * swollen, y: 0.44, rx: 0.028 * swollen, ry: 0.11 * swollen, turn },
        0.18,
        0.15,
      );
    }
    c.fill({ x: 0.5, y: 0.6, rx: 0.012 * swollen, ry: 0.03 }, 0.18, 0.2);
    const sign = shot() < 0.5 ? -1 : 1;
    const place = { x: 0.5 + sign * between(shot, 0.15, 0.21), y: between(shot, 0.38, 0.6) };
    if (finding === 'haemorrhage') {
      c.fill({ ...place, rx: between(shot, 0.05, 0.09), ry: 0.06 }, 0.72, 0.12);
    } else if (finding === 'infarct') {
      c.fill({ ...place, rx: between(shot, 0.1, 0.13), ry: 0.14 }, 0.24, 0.3);
    }
    c.noise(shot, 0.03);
    return c;
  },
};

const abdomen: Anatomy = {
  modality: 'CT',
  region: 'abdomen',
  findings: ['normal', 'liver_lesion', 'kidney_stone', 'ascites'],
  bits: 16,
  width: 320,
  height: 256,
  draw(finding, body, shot) {
    const c = new Canvas(this.width, this.height, 0.02);
    const size = between(body, 0.92, 1.05);
    const skin = { x: 0.5, y: 0.52, rx: 0.46 * size, ry: 0.42 * size };
    c.fill(skin, 0.25, 0.02);
    const cavity = { ...skin, rx: skin.rx * 0.86, ry: skin.ry * 0.84 };
    c.ring({ ...skin, rx: skin.rx * 0.9, ry: skin.ry * 0.88 }, 0.06, 0.45);
    c.fill(cavity, finding === 'ascites' ? 0.36 : 0.29, 0.05);
    const liver = {
      x: 0.33,
      y: 0.46,
      rx: 0.22 * size,
      ry: 0.22 * size,
      turn: [0.94, 0.34] as const,
    };
    c.fill(liver, 0.55, 0.06);
    c.fill({ x: 0.75, y: 0.5, rx: 0.08, ry: 0.12, turn: [0.94, -0.34] }, 0.56, 0.06);
    c.fill({ x: 0.58, y: 0.36, rx: 0.1, ry: 0.07 }, 0.4, 0.08);
    c.fill({ x: 0.56, y: 0.33, rx: 0.06, ry: 0.03 }, 0.03, 0.1);
    c.texture(body, 60, 0.1, liver);
    c.fill({ x: 0.5, y: 0.72, rx: 0.07, ry: 0.08 }, 0.85, 0.08);
    c.fill({ x: 0.5, y: 0.82, rx: 0.02, ry: 0.06 }, 0.8, 0.1);
    c.fill({ x: 0.53, y: 0.6, rx: 0.03, ry: 0.035 }, 0.62, 0.1);
    for (const x of [0.34, 0.66]) {
      c.fill({ x, y: 0.68, rx: 0.05, ry: 0.075 }, 0.6, 0.08);
      c.fill({ x, y: 0.68, rx: 0.018, ry: 0.03 }, 0.3, 0.2);
    }
    if (finding === 'liver_lesion') {
      for (let i = 0; i < 3; i++) {
        const r = between(shot, 0.025, 0.045);
        c.fill(
          { x: between(shot, 0.24, 0.4), y: between(shot, 0.36, 0.55), rx: r, ry: r },
          0.34,
          0.15,
        );
      }
    } else if (finding === 'kidney_stone') {
      c.fill(
        { x: shot() < 0.5 ? 0.34 : 0.66, y: between(shot, 0.66, 0.7), rx: 0.014, ry: 0.017 },
        1,
        0.2,
      );
    } else if (finding === 'ascites') {
      c.ring({ ...cavity, rx: cavity.rx * 0.98, ry: cavity.ry * 0.98 }, 0.14, 0.38);
    }
    c.noise(shot, 0.03);
    return c;
  },
};

const knee: Anatomy = {
  modality: 'MR',
  region: 'knee',
  findings: ['normal', 'effusion', 'meniscal_tear', 'bone_oedema'],
  bits: 8,
  width: 256,
  height: 288,
  draw(finding, body, shot) {
    const c = new Canvas(this.width, this.height, 0.02);
    const leg = { x: 0.5, y: 0.5, rx: between(body, 0.38, 0.43), ry: 0.7 };
    c.fill(leg, 0.55, 0.05);
    c.fill({ x: 0.66, y: 0.5, rx: 0.2, ry: 0.6 }, 0.32, 0.2);
    const condyle = { x: 0.46, y: between(body, 0.36, 0.39), rx: 0.21, ry: 0.13 };
    c.fill({ x: 0.48, y: 0.12, rx: 0.13, ry: 0.28 }, 0.75, 0.06);
    c.fill(condyle, 0.05, 0.04);
    c.fill({ ...condyle, rx: 0.195, ry: 0.118 }, 0.75, 0.05);
    c.fill({ x: 0.48, y: 0.66, rx: 0.22, ry: 0.14 }, 0.05, 0.04);
    c.fill({ x: 0.48, y: 0.67, rx: 0.205, ry: 0.13 }, 0.74, 0.05);
    c.fill({ x: 0.49, y: 0.9, rx: 0.14, ry: 0.22 }, 0.74, 0.06);
    c.fill({ x: 0.46, y: 0.505, rx: 0.2, ry: 0.012 }, 0.45, 0.3);
    for (const x of [0.32, 0.6]) c.fill({ x, y: 0.508, rx: 0.05, ry: 0.018 }, 0.03, 0.15);
    c.fill({ x: 0.17, y: 0.34, rx: 0.055, ry: 0.095 }, 0.05, 0.06);
    c.fill({ x: 0.17, y: 0.34, rx: 0.045, ry: 0.083 }, 0.72, 0.08);
    c.fill({ x: 0.19, y: 0.53, rx: 0.014, ry: 0.12, turn: [0.98, -0.2] }, 0.04, 0.3);
    if (finding === 'effusion') {
      c.fill({ x: 0.25, y: between(shot, 0.2, 0.24), rx: 0.06, ry: 0.13 }, 0.98, 0.15);
    } else if (finding === 'meniscal_tear') {
      const x = shot() < 0.5 ? 0.32 : 0.6;
      c.fill({ x, y: 0.508, rx: 0.035, ry: 0.008, turn: [0.9, 0.43] }, 0.95, 0.3);
    } else if (finding === 'bone_oedema') {
      c.fill({ x: between(shot, 0.38, 0.56), y: 0.42, rx: 0.09, ry: 0.06 }, 0.42, 0.5);
    }
    c.texture(body, 48, 0.1, leg);
    c.noise(shot, 0.03);
    return c;
  },
};

const ultrasound: Anatomy = {
  modality: 'US',
  region: 'breast',
  findings: ['normal', 'cyst', 'solid_mass'],
  bits: 8,
  width: 320,
  height: 256,
  draw(finding, body, shot) {
    const c = new Canvas(this.width, this.height, 0.35);
    const depth = between(body, 0.24, 0.32);
    c.map((_, __, y) =>
      y < 0.06 ? 0.8 : y < depth ? 0.3 : y < 0.7 ? 0.48 : y < 0.74 ? 0.85 : 0.28,
    );
    c.texture(body, 14, 0.3);
    const place = { x: between(shot, 0.38, 0.62), y: between(shot, 0.4, 0.5) };
    const r = between(shot, 0.07, 0.12);
    if (finding === 'cyst') {
      c.fill({ ...place, rx: r, ry: r * 0.9 }, 0.02, 0.06);
      c.add({ x: place.x, y: place.y + r * 2.2, rx: r * 0.8, ry: r * 1.4 }, 0.25);
    } else if (finding === 'solid_mass') {
      c.fill({ ...place, rx: r * 1.2, ry: r, turn: [0.94, 0.34] }, 0.18, 0.35);
      c.add({ x: place.x, y: place.y + r * 2.4, rx: r * 0.9, ry: r * 1.8 }, -0.25);
    }
    // Speckle multiplies; below it the beam weakens with depth and ends in a fan.
    c.map((value, x, y) => {
      const speckle = 0.35 + 1.3 * shot() * shot();
      const fan = coverage({ x: 0.5, y: -0.25, rx: 0.78, ry: 1.2 }, x, y, 0.01);
      const edge = Math.abs(x - 0.5) < 0.28 + 0.24 * y ? 1 : 0;
      return value * speckle * (1.1 - 0.5 * y) * fan * edge;
    });
    return c;
  },
};

/** Everything that is drawn. */
export const ANATOMIES: readonly Anatomy[] = [chest, head, abdomen, knee, ultrasound];
