//! AUC, GAUC and logloss.
