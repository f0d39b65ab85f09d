package io.tidegate.proof;

/// Placeholder for the first build.
public interface Probe {}
