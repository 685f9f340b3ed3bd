package api

func ecrOperations() map[string]operation { return nil }
