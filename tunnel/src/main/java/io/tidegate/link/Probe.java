package io.tidegate.link;

/// Placeholder for the first build.
public interface Probe {}
