;; Products of one query and rows in 64-bit arithmetic, as WebAssembly text: JavaScript has no vector instructions.
;; Rows are 32-bit floats one after the other, the query 64-bit ones. Each product is summed in four interleaved
;; sums, ((s0 + s1) + (s2 + s3)) at the end, numbers beyond a multiple of four added to s0: the same for every row,
;; so that equal rows have equal products. Two rows are read at a time; for an odd count one more is read and written.
(module
  (import "rows" "memory" (memory 1))
  (func (export "products")
    (param $query i32) (param $rows i32) (param $count i32) (param $dimension i32) (param $out i32)
    (local $bytes i32) (local $fours i32) (local $end i32) (local $a i32) (local $b i32) (local $q i32)
    (local $a0 v128) (local $a2 v128) (local $b0 v128) (local $b2 v128) (local $low v128) (local $high v128)
    (local $s f64) (local $t f64)
    (local.set $bytes (i32.shl (local.get $dimension) (i32.const 2)))
    (local.set $fours (i32.and (local.get $bytes) (i32.const -16)))
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 3))))
    (loop $next_two
      (local.set $a (local.get $rows))
      (local.set $b (i32.add (local.get $a) (local.get $bytes)))
      (local.set $rows (i32.add (local.get $a) (local.get $fours)))
      (local.set $q (local.get $query))
      (local.set $a0 (v128.const i64x2 0 0))
      (local.set $a2 (v128.const i64x2 0 0))
      (local.set $b0 (v128.const i64x2 0 0))
      (local.set $b2 (v128.const i64x2 0 0))
      (block $no_fours
        (br_if $no_fours (i32.eqz (local.get $fours)))
        (loop $next_four
          (local.set $low (v128.load (local.get $q)))
          (local.set $high (v128.load offset=16 (local.get $q)))
          (local.set $a0 (f64x2.add (local.get $a0) (f64x2.mul (local.get $low)
            (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $a))))))
          (local.set $a2 (f64x2.add (local.get $a2) (f64x2.mul (local.get $high)
            (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $a))))))
          (local.set $b0 (f64x2.add (local.get $b0) (f64x2.mul (local.get $low)
            (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $b))))))
          (local.set $b2 (f64x2.add (local.get $b2) (f64x2.mul (local.get $high)
            (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $b))))))
          (local.set $q (i32.add (local.get $q) (i32.const 32)))
          (local.set $b (i32.add (local.get $b) (i32.const 16)))
          (local.set $a (i32.add (local.get $a) (i32.const 16)))
          (br_if $next_four (i32.lt_u (local.get $a) (local.get $rows)))))
      (local.set $rows (i32.add (local.get $b) (i32.sub (local.get $bytes) (local.get $fours))))
      (local.set $s (f64x2.extract_lane 0 (local.get $a0)))
      (local.set $t (f64x2.extract_lane 0 (local.get $b0)))
      (block $no_more
        (loop $next_one
          (br_if $no_more (i32.ge_u (local.get $b) (local.get $rows)))
          (local.set $s (f64.add (local.get $s) (f64.mul (f64.load (local.get $q))
            (f64.promote_f32 (f32.load (local.get $a))))))
          (local.set $t (f64.add (local.get $t) (f64.mul (f64.load (local.get $q))
            (f64.promote_f32 (f32.load (local.get $b))))))
          (local.set $q (i32.add (local.get $q) (i32.const 8)))
          (local.set $a (i32.add (local.get $a) (i32.const 4)))
          (local.set $b (i32.add (local.get $b) (i32.const 4)))
          (br $next_one)))
      (f64.store (local.get $out) (f64.add
        (f64.add (local.get $s) (f64x2.extract_lane 1 (local.get $a0)))
        (f64.add (f64x2.extract_lane 0 (local.get $a2)) (f64x2.extract_lane 1 (local.get $a2)))))
      (f64.store offset=8 (local.get $out) (f64.add
        (f64.add (local.get $t) (f64x2.extract_lane 1 (local.get $b0)))
        (f64.add (f64x2.extract_lane 0 (local.get $b2)) (f64x2.extract_lane 1 (local.get $b2)))))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (br_if $next_two (i32.lt_u (local.get $out) (local.get $end))))))
