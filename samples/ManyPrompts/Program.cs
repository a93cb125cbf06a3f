// Many prompts, eight jobs at a time; a full queue is waited for, a failed prompt does not stop the others.
//   dotnet run --project samples/ManyPrompts -- prompts.txt pictures/
using Parti.Client;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: ManyPrompts PROMPTS.txt FOLDER");
    return 2;
}

using HttpPartiClient parti = new(new() { Server = new(Environment.GetEnvironmentVariable("PARTI_SERVER") ?? "http://127.0.0.1:8080"), ApiKey = Environment.GetEnvironmentVariable("PARTI_API_KEY") });
string[] prompts = [.. (await File.ReadAllLinesAsync(args[0])).Where(line => line.Trim().Length > 0)];
Directory.CreateDirectory(args[1]);
int failed = 0;
await Parallel.ForEachAsync(prompts, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (prompt, cancellationToken) =>
{
    try
    {
        GenerationResult result = await MakeAsync(prompt, cancellationToken);
        await parti.GetJob(result.Job.Id).SaveImageAsync(0, Path.Combine(args[1], $"{result.Job.Id}.png"), cancellationToken);
        Console.WriteLine($"{result.Job.Id}.png  {prompt}");
    }
    catch (PartiException error)
    {
        Interlocked.Increment(ref failed);
        Console.Error.WriteLine($"{prompt}: {error.Message}");
    }
});
return failed == 0 ? 0 : 1;

async Task<GenerationResult> MakeAsync(string prompt, CancellationToken cancellationToken)
{
    while (true)
    {
        try
        {
            return await parti.GenerateAsync(prompt, null, cancellationToken);
        }
        catch (PartiBusyException busy)
        {
            await Task.Delay(busy.RetryAfter, cancellationToken);
        }
    }
}
