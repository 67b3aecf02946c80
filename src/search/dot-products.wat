;; Dot products of rows as WebAssembly text: JavaScript has no vector instructions. `dot` is in 64-bit
;; arithmetic, `quick` in 32-bit arithmetic with four independent sums. Rows are 32-bit floats, their length a
;; multiple of 16.
(module
  (import "rows" "memory" (memory 1))
  (func (export "dot") (param $a i32) (param $b i32) (param $bytes i32) (result f64)
    (local $end i32) (local $x v128) (local $y v128) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $a) (local.get $bytes)))
    (loop $next_four
      (local.set $x (v128.load (local.get $a)))
      (local.set $y (v128.load (local.get $b)))
      (local.set $low (f64x2.add (local.get $low) (f64x2.mul
        (f64x2.promote_low_f32x4 (local.get $x)) (f64x2.promote_low_f32x4 (local.get $y)))))
      (local.set $x (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
        (local.get $x) (local.get $x)))
      (local.set $y (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
        (local.get $y) (local.get $y)))
      (local.set $high (f64x2.add (local.get $high) (f64x2.mul
        (f64x2.promote_low_f32x4 (local.get $x)) (f64x2.promote_low_f32x4 (local.get $y)))))
      (local.set $a (i32.add (local.get $a) (i32.const 16)))
      (local.set $b (i32.add (local.get $b) (i32.const 16)))
      (br_if $next_four (i32.lt_u (local.get $a) (local.get $end))))
    (local.set $low (f64x2.add (local.get $low) (local.get $high)))
    (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low))))
  (func (export "quick") (param $a i32) (param $b i32) (param $bytes i32) (result f64)
    (local $end i32) (local $s v128) (local $t v128) (local $u v128) (local $v v128)
    (local.set $end (i32.add (local.get $a) (local.get $bytes)))
    (loop $next_sixteen
      (local.set $s (f32x4.add (local.get $s) (f32x4.mul
        (v128.load offset=0 (local.get $a)) (v128.load offset=0 (local.get $b)))))
      (local.set $t (f32x4.add (local.get $t) (f32x4.mul
        (v128.load offset=16 (local.get $a)) (v128.load offset=16 (local.get $b)))))
      (local.set $u (f32x4.add (local.get $u) (f32x4.mul
        (v128.load offset=32 (local.get $a)) (v128.load offset=32 (local.get $b)))))
      (local.set $v (f32x4.add (local.get $v) (f32x4.mul
        (v128.load offset=48 (local.get $a)) (v128.load offset=48 (local.get $b)))))
      (local.set $a (i32.add (local.get $a) (i32.const 64)))
      (local.set $b (i32.add (local.get $b) (i32.const 64)))
      (br_if $next_sixteen (i32.lt_u (local.get $a) (local.get $end))))
    (local.set $s (f32x4.add
      (f32x4.add (local.get $s) (local.get $t)) (f32x4.add (local.get $u) (local.get $v))))
    (f64.promote_f32 (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $s)) (f32x4.extract_lane 1 (local.get $s)))
      (f32.add (f32x4.extract_lane 2 (local.get $s)) (f32x4.extract_lane 3 (local.get $s)))))))
