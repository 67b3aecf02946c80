;; One query of 8-bit numbers against consecutive rows of codes, as WebAssembly text, with the relaxed vector
;; instructions that newer runtimes have: products of 16 codes at a time, a third of the work of 16-bit numbers. What
;; they give for codes above 127 differs between processors, and sums of two products may be cut off: who uses this
;; tries it first, and keeps the query's numbers small.
(module
  (import "shard" "memory" (memory 1))

  ;; As `scan` of the other kernel: rows whose product plus error reaches the floor are appended to the list of
  ;; (row: i32, upper bound: f32). Returns how many.
  (func (export "scan")
    (param $codes i32) (param $scales i32) (param $errors i32) (param $rows i32) (param $width i32)
    (param $query i32) (param $offset i32) (param $factor f32) (param $floor f32) (param $out i32)
    (result i32)
    (local $row i32) (local $start i32) (local $end i32) (local $fours i32) (local $q i32) (local $upper f32)
    (local $ones v128) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $ones (i16x8.splat (i32.const 1)))
    (local.set $start (local.get $out))
    (local.set $fours (i32.and (local.get $width) (i32.const -64)))
    (loop $next_row
      (local.set $a (v128.const i32x4 0 0 0 0))
      (local.set $b (v128.const i32x4 0 0 0 0))
      (local.set $c (v128.const i32x4 0 0 0 0))
      (local.set $d (v128.const i32x4 0 0 0 0))
      (local.set $q (local.get $query))
      (local.set $end (i32.add (local.get $codes) (local.get $fours)))
      (block $no_fours
        (br_if $no_fours (i32.eqz (local.get $fours)))
        (loop $next_four
          (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (local.get $ones)
            (i16x8.relaxed_dot_i8x16_i7x16_s
              (v128.load (local.get $q)) (v128.load (local.get $codes))))))
          (local.set $b (i32x4.add (local.get $b) (i32x4.dot_i16x8_s (local.get $ones)
            (i16x8.relaxed_dot_i8x16_i7x16_s
              (v128.load offset=16 (local.get $q)) (v128.load offset=16 (local.get $codes))))))
          (local.set $c (i32x4.add (local.get $c) (i32x4.dot_i16x8_s (local.get $ones)
            (i16x8.relaxed_dot_i8x16_i7x16_s
              (v128.load offset=32 (local.get $q)) (v128.load offset=32 (local.get $codes))))))
          (local.set $d (i32x4.add (local.get $d) (i32x4.dot_i16x8_s (local.get $ones)
            (i16x8.relaxed_dot_i8x16_i7x16_s
              (v128.load offset=48 (local.get $q)) (v128.load offset=48 (local.get $codes))))))
          (local.set $q (i32.add (local.get $q) (i32.const 64)))
          (local.set $codes (i32.add (local.get $codes) (i32.const 64)))
          (br_if $next_four (i32.lt_u (local.get $codes) (local.get $end)))))
      (local.set $end (i32.add (local.get $end) (i32.sub (local.get $width) (local.get $fours))))
      (block $no_more
        (loop $next_one
          (br_if $no_more (i32.ge_u (local.get $codes) (local.get $end)))
          (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (local.get $ones)
            (i16x8.relaxed_dot_i8x16_i7x16_s
              (v128.load (local.get $q)) (v128.load (local.get $codes))))))
          (local.set $q (i32.add (local.get $q) (i32.const 16)))
          (local.set $codes (i32.add (local.get $codes) (i32.const 16)))
          (br $next_one)))
      (local.set $a (i32x4.add
        (i32x4.add (local.get $a) (local.get $b)) (i32x4.add (local.get $c) (local.get $d))))
      (local.set $a (i32x4.add (local.get $a)
        (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $a) (local.get $a))))
      (local.set $upper (f32.add (f32.load (local.get $errors))
        (f32.mul (f32.load (local.get $scales))
          (f32.mul (local.get $factor)
            (f32.convert_i32_s (i32.sub
              (i32.add (i32x4.extract_lane 0 (local.get $a)) (i32x4.extract_lane 1 (local.get $a)))
              (local.get $offset)))))))
      (if (f32.ge (local.get $upper) (local.get $floor)) (then
        (i32.store (local.get $out) (local.get $row))
        (f32.store offset=4 (local.get $out) (local.get $upper))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))))
      (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
      (local.set $errors (i32.add (local.get $errors) (i32.const 4)))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $next_row (i32.lt_u (local.get $row) (local.get $rows))))
    (i32.shr_u (i32.sub (local.get $out) (local.get $start)) (i32.const 3))))
