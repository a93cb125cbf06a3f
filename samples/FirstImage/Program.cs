// One prompt, one picture in the current folder.
//   dotnet run --project samples/FirstImage -- "a red circle to the left of a blue square"
using Parti.Client;

using HttpPartiClient parti = new(new() { Server = new(Environment.GetEnvironmentVariable("PARTI_SERVER") ?? "http://127.0.0.1:8080"), ApiKey = Environment.GetEnvironmentVariable("PARTI_API_KEY") });
string prompt = args.Length > 0 ? args[0] : "a red circle to the left of a blue square";
try
{
    GenerationResult result = await parti.GenerateAsync(prompt, new() { Seed = 7 });
    string file = $"{result.Job.Id}.png";
    await parti.GetJob(result.Job.Id).SaveImageAsync(0, file);
    Console.WriteLine($"{Path.GetFullPath(file)}  seed {result.Images[0].Seed}, {result.Job.Timings.TotalMs} ms");
    return 0;
}
catch (PartiException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
