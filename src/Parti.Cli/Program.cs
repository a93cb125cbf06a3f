using Parti.Cli;

return await CliApplication.RunAsync(args, new(Console.Out, Console.Error));
