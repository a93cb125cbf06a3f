// Watches a job and saves the picture so far each quarter of the way. Ctrl-C cancels the job.
//   dotnet run --project samples/LiveProgress -- "three green stars"
using Parti.Abstractions;
using Parti.Client;

using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};
using HttpPartiClient parti = new(new() { Server = new(Environment.GetEnvironmentVariable("PARTI_SERVER") ?? "http://127.0.0.1:8080"), ApiKey = Environment.GetEnvironmentVariable("PARTI_API_KEY") });
JobHandle job = await parti.SubmitAsync(new() { Prompt = args.Length > 0 ? args[0] : "three green stars" }, cancellationToken: stop.Token);
try
{
    int shown = 0;
    await foreach (JobEvent change in job.WatchAsync(0, stop.Token))
    {
        foreach (ImageSnapshot image in change.Changed.Images ?? [])
        {
            int quarter = 4 * image.TokensDone / Math.Max(1, image.TokensTotal);
            if (quarter > shown && !image.State.IsTerminal() && await job.ReadPreviewAsync(image.Index, stop.Token) is { } preview)
            {
                shown = quarter;
                await File.WriteAllBytesAsync($"{job.Id}-{quarter}.png", preview, stop.Token);
                Console.WriteLine($"{image.TokensDone} of {image.TokensTotal} tokens: {job.Id}-{quarter}.png");
            }
        }
    }

    GenerationResult result = await job.GetResultAsync(stop.Token);
    await job.SaveImageAsync(0, $"{job.Id}.png", stop.Token);
    Console.WriteLine($"{job.Id}.png  {result.Job.Timings.TotalMs} ms");
    return 0;
}
catch (OperationCanceledException)
{
    await job.CancelAsync(CancellationToken.None);
    Console.Error.WriteLine("Canceled.");
    return 130;
}
catch (PartiException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
