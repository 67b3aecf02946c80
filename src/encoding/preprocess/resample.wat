;; Weighted sums of 8-bit samples in fixed-point arithmetic of 32 bits, as WebAssembly text: JavaScript has no vector
;; instructions. Weights have 22 bits behind the point (Pillow, Resample.c); sums begin with a half, and are clipped.
(module
  (import "picture" "memory" (memory 1))

  ;; A row of RGB with the taps of its columns. `first`, `count`: of each output pixel, up to `end` of `first`; `stride`
  ;; bytes of weights for each; every count is at least 1. A byte more is read of the row, and written behind `out`.
  (func (export "row")
    (param $row i32) (param $first i32) (param $end i32) (param $count i32)
    (param $weights i32) (param $stride i32) (param $out i32)
    (local $from i32) (local $weight i32) (local $last i32) (local $sum v128)
    (loop $next_pixel
      (local.set $from (i32.add (local.get $row) (i32.mul (i32.load (local.get $first)) (i32.const 3))))
      (local.set $weight (local.get $weights))
      (local.set $last (i32.add (local.get $weights) (i32.shl (i32.load (local.get $count)) (i32.const 2))))
      (local.set $sum (v128.const i32x4 2097152 2097152 2097152 2097152))
      (loop $next_tap
        (local.set $sum (i32x4.add (local.get $sum) (i32x4.mul
          (v128.load32_splat (local.get $weight))
          (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get $from)))))))
        (local.set $from (i32.add (local.get $from) (i32.const 3)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $next_tap (i32.lt_u (local.get $weight) (local.get $last))))
      (local.set $sum (i32x4.shr_s (local.get $sum) (i32.const 22)))
      (local.set $sum (i16x8.narrow_i32x4_s (local.get $sum) (local.get $sum)))
      (v128.store32_lane 0 (local.get $out) (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))
      (local.set $out (i32.add (local.get $out) (i32.const 3)))
      (local.set $weights (i32.add (local.get $weights) (local.get $stride)))
      (local.set $count (i32.add (local.get $count) (i32.const 4)))
      (local.set $first (i32.add (local.get $first) (i32.const 4)))
      (br_if $next_pixel (i32.lt_u (local.get $first) (local.get $end)))))

  ;; The samples of an output row from those of rows at `places`, one weight each, up to `end` of `weights`. `length` is
  ;; a multiple of 16, at least 16.
  (func (export "rows")
    (param $places i32) (param $weights i32) (param $end i32) (param $length i32) (param $out i32)
    (local $at i32) (local $place i32) (local $weight i32) (local $samples v128) (local $half v128) (local $w v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (loop $next_samples
      (local.set $a (v128.const i32x4 2097152 2097152 2097152 2097152))
      (local.set $b (local.get $a))
      (local.set $c (local.get $a))
      (local.set $d (local.get $a))
      (local.set $place (local.get $places))
      (local.set $weight (local.get $weights))
      (loop $next_tap
        (local.set $w (v128.load32_splat (local.get $weight)))
        (local.set $samples (v128.load (i32.add (i32.load (local.get $place)) (local.get $at))))
        (local.set $half (i16x8.extend_low_i8x16_u (local.get $samples)))
        (local.set $a (i32x4.add (local.get $a) (i32x4.mul (local.get $w)
          (i32x4.extend_low_i16x8_u (local.get $half)))))
        (local.set $b (i32x4.add (local.get $b) (i32x4.mul (local.get $w)
          (i32x4.extend_high_i16x8_u (local.get $half)))))
        (local.set $half (i16x8.extend_high_i8x16_u (local.get $samples)))
        (local.set $c (i32x4.add (local.get $c) (i32x4.mul (local.get $w)
          (i32x4.extend_low_i16x8_u (local.get $half)))))
        (local.set $d (i32x4.add (local.get $d) (i32x4.mul (local.get $w)
          (i32x4.extend_high_i16x8_u (local.get $half)))))
        (local.set $place (i32.add (local.get $place) (i32.const 4)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $next_tap (i32.lt_u (local.get $weight) (local.get $end))))
      (v128.store (i32.add (local.get $out) (local.get $at)) (i8x16.narrow_i16x8_u
        (i16x8.narrow_i32x4_s
          (i32x4.shr_s (local.get $a) (i32.const 22)) (i32x4.shr_s (local.get $b) (i32.const 22)))
        (i16x8.narrow_i32x4_s
          (i32x4.shr_s (local.get $c) (i32.const 22)) (i32x4.shr_s (local.get $d) (i32.const 22)))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next_samples (i32.lt_u (local.get $at) (local.get $length))))))
