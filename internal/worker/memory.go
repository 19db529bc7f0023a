package worker

// GCPercent is the GOGC that suits cycles: nearly all that they allocate is soon garbage,
// and where a heap may grow to three times what is in use, not two, collecting it takes
// half the time.
const GCPercent = 200
