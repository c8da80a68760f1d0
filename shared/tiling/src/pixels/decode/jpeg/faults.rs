//! What libjpeg does when it meets a fault: it counts, or it unwinds.

use std::{cell::Cell, os::raw::c_int, panic, ptr};

use mozjpeg_sys::{jpeg_common_struct, jpeg_error_mgr};

thread_local! {
    /// libjpeg hands a raw pointer to its callbacks; a decoder has its thread for itself, and so its count.
    static FAULTS: Cell<u64> = const { Cell::new(0) };
}

/// Faults in the data that libjpeg passed over on this thread.
pub(super) fn count() -> u64 {
    FAULTS.get()
}

/// What a decoder's thread ends with where libjpeg cannot go on.
pub(super) struct CannotGoOn;

/// Callbacks that print nothing.
pub(super) fn handler() -> jpeg_error_mgr {
    jpeg_error_mgr {
        error_exit: Some(unwind),
        emit_message: Some(count_fault),
        output_message: Some(ignore),
        format_message: Some(ignore_format),
        reset_error_mgr: Some(ignore),
        msg_code: 0,
        msg_parm: Default::default(),
        trace_level: 0,
        num_warnings: 0,
        jpeg_message_table: ptr::null(),
        last_jpeg_message: 0,
        addon_message_table: ptr::null(),
        first_addon_message: 0,
        last_addon_message: 0,
    }
}

extern "C-unwind" fn unwind(_: &mut jpeg_common_struct) {
    // Unlike `panic!`, this prints nothing.
    panic::resume_unwind(Box::new(CannotGoOn));
}

extern "C-unwind" fn count_fault(_: &mut jpeg_common_struct, level: c_int) {
    if level < 0 {
        FAULTS.set(FAULTS.get().saturating_add(1));
    }
}

extern "C-unwind" fn ignore(_: &mut jpeg_common_struct) {}

extern "C-unwind" fn ignore_format(_: &mut jpeg_common_struct, _: &[u8; 80]) {}
