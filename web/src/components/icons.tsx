import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export function LogoIcon() {
  return (
    <svg className="logo" viewBox="0 0 28 20" aria-hidden="true" focusable="false">
      <circle className="logo-a" cx="10" cy="10" r="7.8" />
      <circle className="logo-b" cx="18" cy="10" r="7.8" />
    </svg>
  );
}

export function PictureIcon() {
  return (
    <Icon>
      <rect x="2.5" y="3.5" width="15" height="13" rx="2" />
      <path d="m3 14 4.2-4.2 3.3 3.3 2.4-2.4 4.1 4.1" />
      <circle cx="13" cy="7.3" r="1.3" />
    </Icon>
  );
}

export function CompareIcon() {
  return (
    <Icon>
      <rect x="2" y="4" width="7" height="12" rx="1.2" />
      <rect x="11" y="4" width="7" height="12" rx="1.2" />
    </Icon>
  );
}

export function ArchiveIcon() {
  return (
    <Icon>
      <ellipse cx="10" cy="5" rx="6.5" ry="2.5" />
      <path d="M3.5 5v10c0 1.4 2.9 2.5 6.5 2.5s6.5-1.1 6.5-2.5V5M3.5 10c0 1.4 2.9 2.5 6.5 2.5s6.5-1.1 6.5-2.5" />
    </Icon>
  );
}

export function FolderIcon() {
  return (
    <Icon>
      <path d="M2.5 15.5v-11h5l2 2.2h8v8.8z" />
    </Icon>
  );
}

export function FileIcon() {
  return (
    <Icon>
      <path d="M5 2.5h6.5L15 6v11.5H5zM11.5 2.5V6H15" />
    </Icon>
  );
}

export function CheckIcon() {
  return (
    <Icon>
      <path d="m4 10.5 4 4 8-9" />
    </Icon>
  );
}

export function PlusIcon() {
  return (
    <Icon>
      <path d="M10 4v12M4 10h12" />
    </Icon>
  );
}

export function MinusIcon() {
  return (
    <Icon>
      <path d="M4 10h12" />
    </Icon>
  );
}

export function RegionIcon() {
  return (
    <Icon>
      <path d="M6 2v12h12M2 6h12v12" />
    </Icon>
  );
}

export function CloseIcon() {
  return (
    <Icon>
      <path d="m5 5 10 10M15 5 5 15" />
    </Icon>
  );
}

export function FilterIcon() {
  return (
    <Icon>
      <path d="M3 5h14M6 10h8M8.5 15h3" />
    </Icon>
  );
}

export function BackIcon() {
  return (
    <Icon>
      <path d="m12 4.5-5.5 5.5 5.5 5.5" />
    </Icon>
  );
}

export function ForwardIcon() {
  return (
    <Icon>
      <path d="m8 4.5 5.5 5.5L8 15.5" />
    </Icon>
  );
}

export function WarningIcon() {
  return (
    <Icon>
      <path d="M10 3 2.5 16.5h15zM10 8.2v4M10 14.2v.4" />
    </Icon>
  );
}
