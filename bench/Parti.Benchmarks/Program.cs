using System.CommandLine;
using Parti.Benchmarks;
using Parti.Benchmarks.Cluster;
using Parti.Benchmarks.Published;
using Parti.Native;

Option<int> threads = new("--threads") { Description = "Threads of every path.", DefaultValueFactory = _ => 2 };
Option<int> repeats = new("--repeats") { Description = "Runs of every measurement; medians are shown.", DefaultValueFactory = _ => 5 };
Option<string[]> sizes = new("--sizes")
{
    Description = "Models of the engine table.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["demo", "350M"],
};
Option<int> steps = new("--steps") { Description = "Steps of the memory table.", DefaultValueFactory = _ => 2000 };
Option<string?> json = new("--json") { Description = "Also write the tables to this file." };

RootCommand root = new("Benchmarks of Parti. Every ratio is measured side by side in one run.");
Add("engine", "A decode step by the kernels and by the tensor library, at several numbers of rows and positions.", (report, parsed) =>
    EngineBenchmark.Run(report, parsed.GetValue(sizes)!, parsed.GetValue(threads), parsed.GetValue(repeats)), sizes);
Add("kernels", "Products of one row and of many, by the kernels and by the tensor library.", (report, parsed) =>
    KernelBenchmark.Run(report, parsed.GetValue(threads), parsed.GetValue(repeats)));
Add("detokenize", "Tokens to pixels: the demo, the paper's small tokenizer and DALL-E mini's.", (report, parsed) =>
    StageBenchmark.Detokenize(report, parsed.GetValue(threads), parsed.GetValue(repeats)));
Add("upscale", "Pixels to more pixels: the demo, the shipped esrgan-slim and the paper's 256 to 1024.", (report, parsed) =>
    StageBenchmark.Upscale(report, parsed.GetValue(repeats)));
AddAsync("load", "From a model directory of random weights to the first token.", (report, parsed) =>
    LoadBenchmark.Run(report, parsed.GetValue(sizes)!, parsed.GetValue(threads), parsed.GetValue(repeats)), sizes);
AddAsync("running", "An engine that works without a pause: memory over many steps, and the cost of previews.", (report, parsed) =>
    RunningBenchmark.Run(report, parsed.GetValue(sizes)!, parsed.GetValue(threads), parsed.GetValue(repeats), parsed.GetValue(steps)), sizes, steps);
Add("min-dalle", "DALL-E mini at full size with random weights: a step of one guided picture, text encoder, detokenizer.", (report, parsed) =>
    MinDalleBenchmark.Run(report, parsed.GetValue(threads), parsed.GetValue(repeats)));
AddAsync("shards", "One, two and four shards of a decoder in this process: tokens a second, and how busy each is.", (report, parsed) =>
    ShardBenchmark.Run(report, parsed.GetValue(sizes)!, parsed.GetValue(threads), parsed.GetValue(repeats)), sizes);
Add("training", "A step of the trainer against the bare network, and memory over many steps.", (report, parsed) =>
    TrainingBenchmark.Run(report, parsed.GetValue(repeats), parsed.GetValue(steps)), steps);
ClusterSuites.AddTo(root, json);
AddPublished();
return await root.Parse(args).InvokeAsync();

void Add(string name, string description, Action<Report, ParseResult> run, params Option[] more) =>
    AddAsync(name, description, (report, parsed) =>
    {
        run(report, parsed);
        return Task.CompletedTask;
    }, more);

void AddAsync(string name, string description, Func<Report, ParseResult, Task> run, params Option[] more)
{
    Command command = new(name, description) { threads, repeats, json };
    foreach (Option option in more)
    {
        command.Options.Add(option);
    }
    command.SetAction(async parsed =>
    {
        TorchRuntime.Start(new TorchOptions { Threads = parsed.GetValue(threads) });
        Report report = new(name, parsed.GetValue(threads), parsed.GetValue(repeats));
        report.AddMachine();
        await run(report, parsed);
        report.Write(Console.Out, parsed.GetValue(json));
    });
    root.Subcommands.Add(command);
}

// Its networks run in programs of their own, so this one loads no libtorch before it must.
void AddPublished()
{
    Option<string> folder = new("--folder") { Description = "Where models are written and deleted, some 8 GB.", DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "parti-published") };
    Option<string[]> only = new("--only") { Description = "Names of models.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    Command command = new("published", "Every family in its published form with random weights: import, silo, job and stored picture.") { folder, only, threads, json };
    command.SetAction(async (parsed, cancellationToken) =>
    {
        Report report = new("published", parsed.GetValue(threads), 1);
        await PublishedBenchmark.RunAsync(report, parsed.GetValue(folder)!, parsed.GetValue(only)!, parsed.GetValue(threads), cancellationToken);
        report.Write(Console.Out, parsed.GetValue(json));
    });
    root.Subcommands.Add(command);
}
