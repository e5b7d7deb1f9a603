using Engagement.Replay;

return await Cli.RunAsync(args, Surroundings.OfThisProcess());
