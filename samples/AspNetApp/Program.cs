// A web application that makes pictures: GET /picture?prompt=… answers with a PNG. A visitor who leaves cancels the job.
//   dotnet run --project samples/AspNetApp -- --urls http://127.0.0.1:5080
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Parti.Client;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddPartiClient(options =>
{
    options.Server = new(builder.Configuration["Parti:Server"] ?? builder.Configuration["PARTI_SERVER"] ?? "http://127.0.0.1:8080");
    options.ApiKey = builder.Configuration["Parti:ApiKey"] ?? builder.Configuration["PARTI_API_KEY"];
});
WebApplication app = builder.Build();
app.MapGet("/picture", async (string prompt, IPartiClient parti, HttpContext context, CancellationToken cancellationToken) =>
{
    try
    {
        GenerationResult result = await parti.GenerateAsync(prompt, null, cancellationToken);
        return Results.Bytes(result.Images[0].Bytes.ToArray(), "image/png");
    }
    catch (InvalidRequestException error)
    {
        return Results.Problem(error.Message, statusCode: StatusCodes.Status400BadRequest);
    }
    catch (PartiBusyException busy)
    {
        context.Response.Headers.RetryAfter = $"{Math.Ceiling(busy.RetryAfter.TotalSeconds)}";
        return Results.Problem("All hands are busy.", statusCode: StatusCodes.Status503ServiceUnavailable);
    }
    catch (PartiException error)
    {
        return Results.Problem(error.Message, statusCode: StatusCodes.Status502BadGateway);
    }
});
app.Run();
