package worker

// LayoutsSpared is how many layouts the last cycle did not have to make.
func (w *Worker) LayoutsSpared() int { return w.digests.spared }
